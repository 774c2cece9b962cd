"""The second fence: CrewAI may run our gated tools and its own delegation, and no tool that it brings by itself.

The gate decides; this only keeps out what never reaches the gate, such as tools CrewAI injects. CrewAI lets a tool run
if a hook raises, so every error in here becomes its one effective refusal.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from crewai.hooks import HookAborted, ToolCallHookContext
from crewai.hooks.dispatch import InterceptionPoint, scoped_hooks
from crewai.tools.agent_tools.base_agent_tools import BaseAgentTool

from agents.gated import GatedTool


@contextmanager
def fenced() -> Iterator[None]:
    """Keep the fence up for every crew that runs within the block, in all its threads."""
    with scoped_hooks({InterceptionPoint.PRE_TOOL_CALL: [_only_ours]}):
        yield


def _only_ours(context: ToolCallHookContext) -> None:
    try:
        tool = getattr(context.tool, "_original_tool", None) or context.tool
        ours = isinstance(tool, GatedTool | BaseAgentTool)
    except Exception:
        ours = False
    if not ours:
        raise HookAborted(f"'{context.tool_name}' is not a tool of this run")
