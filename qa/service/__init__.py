"""What answers questions for the page and for programs: the backend, who may do what, and the endpoints.

Each module or folder imports only from those listed before it:

hosts      whether a host is this machine
messages   texts of the endpoints, and the choice of a language
access/    users, their rights, and the collections as each sees them
examples/  example questions, made from the documents
llm/       a summary by a language model, and what of it stands in the quotations
question_log, vouched   what is kept of questions and of ratings
admission  how many questions are let in
backend    the collections' indexes, with the model loading in the background
api/       the endpoints for programs: HTTP, MCP, other programs' APIs
web/       access checks and limits for every request
"""
