"""Trust anchors of the Vietnamese PKIs: pins, the store of certificates, its folder on a machine."""
