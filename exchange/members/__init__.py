"""Who may trade (会员): organisations, their roles, their people and the tokens they act with. Deny by default."""
