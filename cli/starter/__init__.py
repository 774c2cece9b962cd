"""The files of a new project, as `deputy new project` copies them: an assistant that answers from documents."""
