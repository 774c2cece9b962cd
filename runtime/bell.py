"""The bell: tells workers behind a message broker that something is due. It carries no fact, so none is lost with it.

DEPUTY_BROKER names the broker (redis://…, amqp://…), for workers on Celery. Without it nobody needs to be told: they
look into the ledger themselves. A ring that is lost, doubled or late changes nothing; a sweep rings again.
"""

import os
from functools import cache
from typing import Any

from runtime.errors import ConfigError

TASK = "deputy.segment"

PATIENCE = 4.0
"""Seconds that a broker may take for an answer; one that is silent would else be listened to for ever."""

_ASKED_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
"""A broker that is away holds nobody up: without these, kombu asks it for six seconds at each ring."""


def broker() -> str:
    """The broker's URL; empty without one."""
    return os.environ.get("DEPUTY_BROKER", "").strip()


def ring_out() -> bool:
    """Ring for one worker. Whether it could be done: a broker that is away is rung by the next sweep."""
    url = broker()
    if not url:
        return True
    app = celery_app(url)
    from kombu.exceptions import OperationalError

    try:
        app.send_task(TASK, retry=False, ignore_result=True)
    except (OperationalError, OSError):
        return False
    return True


@cache
def celery_app(url: str) -> Any:
    """The Celery application of this broker. Raises ConfigError without the package."""
    try:
        from celery import Celery
    except ImportError as error:
        raise ConfigError(
            "Celery is not installed", remedy="install the extra: pip install 'deputy[celery]'"
        ) from error
    app = Celery("deputy", broker=url)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=PATIENCE,
        broker_transport_options={
            "visibility_timeout": 3600,
            "socket_connect_timeout": 2,
            "socket_timeout": PATIENCE,
            **_ASKED_ONCE,
        },
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )
    return app
