def press(id, given): return ""

