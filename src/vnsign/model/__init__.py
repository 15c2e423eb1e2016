"""Values only: verdicts, findings, facts, reports, policies. They pickle, compare and print."""
