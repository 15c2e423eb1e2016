"""The version, read by the build and printed by ``vnsign --version``."""

__version__ = "0.1.0"
