"""What a deal leaves behind: the record pack (交易存证包) of a closed lot."""
