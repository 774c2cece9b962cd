"""Transcripts as turns: who said what, and when. WebVTT and SRT, as Zoom ("Name: text") and Teams (`<v Name>`) write.

Cues of one speaker that follow each other are one turn, up to `LONGEST` characters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

KINDS = (".vtt", ".srt")
LONGEST = 600

_NAMED = re.compile(r"\s*([^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){0,3}):\s+")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Turn:
    """What somebody said. `mark` numbers it within its file; `at` is hours, minutes and seconds from the beginning.

    `speaker` is empty where the transcript names none.
    """

    mark: str
    title: str
    text: str
    speaker: str
    at: str


def turns_of(name: str, content: bytes) -> list[Turn]:
    """The turns of a transcript. Raises ValueError for one that cannot be read."""
    text = content.decode("utf-8-sig", "replace")
    cues = _srt(text) if PurePath(name).suffix.lower() == ".srt" else _vtt(text)
    joined: list[tuple[str, str, int]] = []
    for speaker, said, second in cues:
        before = joined[-1] if joined else None
        if before and before[0] == speaker and len(before[1]) + len(said) < LONGEST:
            joined[-1] = (speaker, f"{before[1]} {said}", before[2])
        elif said:
            joined.append((speaker, said, second))
    return [_turn(name, number, *one) for number, one in enumerate(joined, start=1)]


def _turn(name: str, number: int, speaker: str, said: str, second: int) -> Turn:
    at = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return Turn(f"{name}:{number}", f"{speaker or 'somebody'}, {at}", said, speaker, at)


def _vtt(text: str) -> Iterator[tuple[str, str, int]]:
    import webvtt
    from webvtt.errors import MalformedFileError

    try:
        captions = webvtt.from_string(text)
    except MalformedFileError as error:
        raise ValueError(f"no WebVTT: {error}") from error
    for one in captions.captions:
        hours, minutes, seconds = one.start.split(":")
        second = int(hours) * 3600 + int(minutes) * 60 + int(float(seconds))
        yield (one.voice, _plain(one.text), second) if one.voice else (*_named(one.text), second)


def _srt(text: str) -> Iterator[tuple[str, str, int]]:
    import srt

    try:
        for one in srt.parse(text):
            yield (*_named(one.content), int(one.start.total_seconds()))
    except srt.SRTParseError as error:
        raise ValueError(f"no SRT: {error}") from error


def _named(text: str) -> tuple[str, str]:
    said = _plain(text)
    found = _NAMED.match(said)
    return (found[1], said[found.end() :]) if found else ("", said)


def _plain(text: str) -> str:
    return " ".join(_TAG.sub("", text).split())
