"""Evidence for validation: certificates, CRLs and OCSP answers, read from folders. No network, no judgement."""
