"""Keys at remote services that sign digests: phones, remote signing certificates, HSMs of a certification authority."""
