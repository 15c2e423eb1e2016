"""CMS files: CAdES and plain CMS signatures, attached and detached."""
