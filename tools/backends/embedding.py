"""The model that embeds documents and facts, as config/settings.yaml names it; none by default."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.errors import ConfigError
from runtime.settings import Settings
from tools.service import Site

if TYPE_CHECKING:
    from runtime.embedding import Embedder


def embedder_of(site: Site) -> "Embedder | None":
    """The embedder of a world, closed with it; None if texts are found by words alone."""
    embedder = embedder_from(site.settings, site.environ)
    if embedder:
        site.resources.callback(embedder.close)
    return embedder


def embedder_from(settings: Settings, environ: Mapping[str, str]) -> "Embedder | None":
    """The embedder that settings and environment name, or None.

    Raises ConfigError for an address that is none and for a folder that holds no model.
    """
    if settings.embeddings == "endpoint":
        from tools.backends.embedding_endpoint import EndpointEmbedder

        url, model = environ.get("EMBEDDINGS_URL", "").strip(), environ.get("EMBEDDINGS_MODEL", "").strip()
        return EndpointEmbedder(url, model, environ.get("EMBEDDINGS_KEY", "").strip())
    if settings.embeddings == "folder":
        from tools.backends.embedding_folder import FolderEmbedder

        folder = Path(environ.get("EMBEDDINGS_FOLDER", "").strip()).expanduser().absolute()
        if not folder.is_dir():
            raise ConfigError(f"EMBEDDINGS_FOLDER: there is no folder '{folder}'", remedy="name the model's folder")
        return FolderEmbedder.at(folder)
    return None
