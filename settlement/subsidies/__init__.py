"""Incentives for trades on the platform: dated rules, a traced calculation, programmes with budgets, claims."""
