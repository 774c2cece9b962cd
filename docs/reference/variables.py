"""The page on environment variables: every one that the program reads, and those that it sets."""

from docs.reference.page import code, page, table
from runtime.quiet import SWITCHES

READ: dict[str, dict[str, str]] = {
    "Models": {
        "MODEL": "the model to use for all roles: a name of `config/models.yaml`, `PROVIDER/ID`, or `playbook`",
        "MODEL_NAME": "the same, if `MODEL` is not set",
        "OPENAI_MODEL_NAME": "the same, if neither of these is set",
        "OPENAI_API_KEY": "the key for OpenAI, and for the endpoint of `OPENAI_BASE_URL`",
        "OPENAI_BASE_URL": "the base URL of any endpoint that speaks OpenAI's protocol, up to and including `/v1`",
        "OPENAI_API_BASE": "the same, if `OPENAI_BASE_URL` is not set",
        "OPENROUTER_API_KEY": "the key for OpenRouter",
        "AZURE_OPENAI_BASE_URL": "the resource's base URL, `https://RESOURCE.openai.azure.com/openai/v1`",
        "AZURE_OPENAI_API_KEY": "the key for it",
        "VLLM_BASE_URL": "where vLLM is, if not at port 8000 of this machine",
        "VLLM_API_KEY": "the key for it, if it asks for one",
    },
    "Systems behind the tools": {
        "CALDAV_URL": "the calendar server, for `calendar: caldav`",
        "CALDAV_USERNAME": "the login there, which may read and write the panel's calendars",
        "CALDAV_PASSWORD": "its password",
        "SMTP_URL": "the mail server, for `mail: smtp`: `smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`",
        "RECORDS_URL": "the database of applicant records and orders, for `records: postgres`: `postgresql://USER@HOST/NAME`",
        "AWS_REGION": "the region of the machines, for `cloud: aws`",
        "AWS_ACCESS_KEY_ID": "the login there; without it, whatever AWS's own tools find on this machine",
        "AWS_SECRET_ACCESS_KEY": "its secret",
        "AWS_SESSION_TOKEN": "its token, if the login has one",
        "AWS_ENDPOINT_URL": "another endpoint that speaks EC2's protocol, as for tests",
        "APPRISE_URL": "the chat rooms that alerts to `chat` go to, in Apprise's notation, with spaces between them",
        "SERPER_API_KEY": "the key for `search: {provider: serper}` of a research scenario's web file",
        "EMBEDDINGS_URL": "the endpoint for `embeddings: endpoint`, up to and including `/v1`",
        "EMBEDDINGS_MODEL": "what the endpoint calls the model that embeds",
        "EMBEDDINGS_KEY": "the key for it, if it asks for one",
        "EMBEDDINGS_FOLDER": "the folder of the model for `embeddings: folder`, with its `model.safetensors`",
        "GITHUB_TOKEN": "the token for `forge: github`; it needs no bypass and no administration",
        "GITHUB_REPOSITORY": "the repository there, `OWNER/NAME`",
        "GITHUB_API_URL": "the API's address, if not GitHub's own",
        "GITHUB_SERVER_URL": "where git pushes to, if not GitHub's own",
        "SSL_CERT_FILE": "the authorities (PEM) whose certificates are trusted, in place of the machine's",
    },
    "The command": {
        "DEPUTY_HOME": "where the ledger, the worlds and the runs are kept, if not in the project's `var/`",
        "DATABASE_URL": "the ledger's PostgreSQL database, `postgresql://USER@HOST/NAME`; without it, a file",
        "DEPUTY_LEASE": "seconds without a sign of life after which a run goes to another worker; 10",
        "DEPUTY_BROKER": "the broker that rings for workers on Celery: `redis://HOST:PORT/0` or `amqp://USER@HOST`",
        "DEPUTY_CHECKPOINTS": "where signed checkpoints of the ledger are appended, if not to `var/checkpoints.jsonl`",
        "DEPUTY_TOKENS": "who may start runs over HTTP: `NAME:TOKEN` of each caller, with spaces between them",
        "DEPUTY_NOTIFY": "where else to say that a run waits for people: Apprise URLs with spaces between them",
        "DEPUTY_DEBUG": "`1` shows tracebacks",
        "NO_COLOR": "anything: no colours and no moving footer",
        "TERM": "`dumb` does the same",
        "COLUMNS": "how wide lines may be; at most 100 are used",
        "PATH": "`deputy doctor` looks for `uv` in it",
    },
    "`crewai run`, which takes no arguments": {
        "SCENARIO": "the scenario to run; `recruiting` if there is no `GOAL`",
        "GOAL": "a goal in words, or with `CREW=assistant` a question",
        "CREW": "the crew; `assistant` answers a question",
        "INPUT_NAME": "the file or folder for the input NAME, such as `INPUT_RESUMES=./cvs`; one for each input",
    },
}

SET = {
    **{name: f"`{value}`, unless it is set already" for name, value in SWITCHES.items()},
    "CREWAI_STORAGE_DIR": "`crewai` below `DEPUTY_HOME`",
    "REQUESTS_CA_BUNDLE": "what `SSL_CERT_FILE` says, unless it is set already; for chat rooms and webhooks",
    "MPLCONFIGDIR": "a temporary folder, unless it is set already; matplotlib keeps its list of fonts there",
}


def environment() -> str:
    """Every variable by what it is for."""
    parts = [f"## {title}\n\n{_table(rows)}" for title, rows in READ.items()]
    return page(
        "Environment variables",
        "They are read from the environment, and from `.env` in the project's folder where the environment says "
        "nothing. `.env.example` is a copy to start from. `config/models.yaml` may name further variables for "
        "providers of your own.",
        *parts,
        "## Set by the program\n\nSo that packages send nothing anywhere, start fast and keep their files below ours:",
        _table(SET),
    )


def _table(rows: dict[str, str]) -> str:
    return table(("variable", "meaning"), [(code(name), meaning) for name, meaning in rows.items()])
