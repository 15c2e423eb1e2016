"""Reports for people and machines. The only sentences that people read are in ``messages/``."""
