"""Chinese for the interactive page."""

WORDS = {
    "Point at a quantity, or move to it with the Tab key. "
    "Click one, then another, to see the gradient paths between them.": (
        "用鼠标指向一个量，或用 Tab 键移到它。先点一个量，再点另一个，即可看到两者之间的梯度路径。"
    ),
    "Now choose a second quantity, or press Escape.": "再选第二个量，或按 Escape 取消。",
    "No path leads from one to the other within a step.": "在一步之内，两者之间没有路径。",
    "Too many paths to list.": "路径太多，不一一列出。",
    "derivatives": "导数",
    "any real number": "任意实数",
    "derived": "中间量",
    "its parameters": "参数",
    "range": "取值范围",
    "{left} of a gradient is left after {steps} steps back.": "梯度回传 {steps} 步后还剩 {left}。",
    "By the carry {carry} alone it is {carried}.": "仅经携带 {carry} 则为 {carried}。",
    "The Jacobian through {steps} steps is one product.": "{steps} 步的雅可比矩阵是一个乘积。",
    "The Jacobian through {steps} steps is a sum of {terms} products.": "{steps} 步的雅可比矩阵是 {terms} 个乘积之和。",
    "How far the gates are open on average: {gates}.": "门的平均开度：{gates}。",
    "{count} paths": "{count} 条路径",
    "one path": "一条路径",
    "differences": "差异",
    "all": "全部",
    "only what differs": "只看不同之处",
    "levels": "层次",
    "equations": "方程",
    "operations": "运算",
    "weights drawn as by": "权重初始化方式",
    "light / dark": "浅色 / 深色",
    "Where the gradient goes": "梯度去了哪里",
    "Counts": "计数",
    "What kind of cell this is": "这是什么样的单元",
    "In words": "文字说明",
    "work": "工作量",
    "This page needs JavaScript to react; nothing is loaded from anywhere.": (
        "本页需要 JavaScript 才能交互；不会从任何地方加载内容。"
    ),
    "input size": "输入大小",
    "hidden size": "隐藏层大小",
    "output size": "输出大小",
}
