"""TOGETHER: planner, builder, assistant, runner."""
