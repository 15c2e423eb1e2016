"""The integrators' kit: a test PKI, a time-stamping authority, CRL and OCSP services, sample documents.

Nothing here is trusted by anything but itself, and its private keys are public: never add its roots to a real trust store.
"""
