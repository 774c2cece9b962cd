"""A desk of one clerk, who looks once which positions are open, with a model at an address of your own.

make_project(folder, **DESK, models=models_at(endpoint.url))
WISH                                # what to ask of it
"""

from crews.wish import Wish

DESK = {
    "agents": "clerk: {role: Clerk, goal: Say what is open., backstory: You look it up., tools: [list_positions]}\n",
    "tasks": "look: {description: Look., expected_output: Titles., role: clerk, tools: {list_positions: 1}}\n",
    "crews": "desk: {process: sequential, agents: [clerk], tasks: [look]}\n",
}
WISH = Wish(goal="What is open?", crew="desk", model="slow")


def models_at(url: str) -> str:
    """`models.yaml` with one model there; its key is in HERE_KEY."""
    return f"""
providers: {{here: {{url: "{url}", key_required: false, key: HERE_KEY}}}}
models: {{slow: {{provider: here, id: slow}}}}
tiers: {{fast: [slow], strong: [slow]}}
auto: [here]
"""
