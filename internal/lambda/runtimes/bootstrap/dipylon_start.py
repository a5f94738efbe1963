# Python keeps the bytecode of what is imported, not of what is started.
import dipylon_runtime

dipylon_runtime.main()
