"""How quick the console is, and what open pages cost the others: `python -m tests.bench.console [data|pages]`.

seed       20,000 conversations with 500,000 messages, made by SQL alone
questions  what each page asks the store
plans      how PostgreSQL finds the rows of a slow one
listeners  the whole stack, with and without 50 pages that hear of changes
"""
