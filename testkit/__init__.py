"""The shipped test kit: scripted models, misbehaving servers, world builders."""
