"""Sign and verify PDF and XML dossiers for Vietnam's public services."""
