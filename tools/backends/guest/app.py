"""The program that becomes the WebAssembly component: CPython with the modules below, no files, no clock, no network.

It is given to componentize-py, which runs it once and keeps the interpreter as it is then. A module that is not loaded
by then cannot be loaded later: there are no files to read it from.
"""

import bisect
import builtins
import calendar
import collections
import copy
import csv
import datetime
import decimal
import difflib
import enum
import fractions
import functools
import hashlib
import heapq
import html
import io
import itertools
import json
import math
import operator
import random
import re
import statistics
import string
import struct
import sys
import textwrap
import typing
import unicodedata
import urllib.parse
import xml.etree.ElementTree
import zlib
from typing import Any, NoReturn

import running
import wit_world

LOADED = (
    bisect, calendar, collections, copy, csv, datetime, decimal, difflib, enum, fractions, functools, hashlib, heapq,
    html, io, itertools, json, math, operator, random, re, statistics, string, struct, textwrap, typing, unicodedata,
    urllib.parse, xml.etree.ElementTree, zlib,
)  # fmt: skip

json.loads("{}")
"2".encode("cp1252")
datetime.datetime.strptime("2026-01-31 +0000", "%Y-%m-%d %z")


def _no_files(*_args: Any, **_named: Any) -> NoReturn:
    raise PermissionError("the sandbox has no files")


class WitWorld(wit_world.WitWorld):  # type: ignore[misc,unused-ignore] # made by componentize-py
    """The component's one function."""

    def run(self, source: str, given: str) -> str:
        """See `running.run`. What is not loaded is not found, and no file can be opened."""
        sys.meta_path.clear()
        sys.path_hooks.clear()
        builtins.open = _no_files
        io.open = _no_files
        random.seed(0)
        answer: str = running.run(source, given)
        return answer
