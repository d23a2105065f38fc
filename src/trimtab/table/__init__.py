"""What a table is: columns, their kinds and roles, and the files and dataframes they come from."""
