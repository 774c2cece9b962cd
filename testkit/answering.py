"""Language models that are not: an endpoint whose every answer a playbook gives, over real HTTP."""

from typing import Any

from agents.chat import Reply, Request
from agents.playbook import Playbook, PlaybookModel
from testkit.endpoint import Behaviour, Endpoint, Exchange


class PlaybookEndpoint(Endpoint):
    """Answers each chat request as the playbook would. What precedes it in `script` is done first."""

    def __init__(self, playbook: Playbook, *, key: str | None = None) -> None:
        super().__init__(key=key)
        self._model = PlaybookModel(playbook)

    def next(self, body: dict[str, Any], headers: Any) -> Behaviour:
        """The script's next behaviour, or else the playbook's answer."""
        if not self.script:
            self.script.append(self._answer)
        return super().next(body, headers)

    def _answer(self, exchange: Exchange) -> None:
        reply = self._model.reply(_request(exchange.body))
        if not reply.calls:
            exchange.say({"content": reply.text}, counted=(reply.usage.prompt, reply.usage.completion))
            return
        exchange.say({"tool_calls": _calls(reply)}, finish="tool_calls", counted=(reply.usage.prompt, 1))


def _request(body: dict[str, Any]) -> Request:
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    return Request(tuple(body["messages"]), tuple(body.get("tools", ())), schema)


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
        for one in reply.calls
    ]
