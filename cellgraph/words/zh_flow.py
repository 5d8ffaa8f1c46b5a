"""Chinese for gradients through time."""

WORDS = {
    "gradients through time": "梯度随时间的变化",
    "{norm}, the mean of {seeds} runs of {steps} steps": "{norm}：{steps} 步，{seeds} 次运行的平均值",
    "steps back": "回溯步数",
    "what each run is": "各次运行",
    "run": "运行",
    "a step multiplies by": "每步倍率",
    "bound of a step": "单步上界",
    "gates on average": "门的平均开度",
    "How much of a gradient at step {steps} is left at step t": "第 {steps} 步的梯度传回第 t 步时还剩多少",
    "time step t": "时间步 t",
    "openness of the gates": "门的开度",
    "{run}: {product} alone": "{run}：仅 {product}",
    "{run}: bound": "{run}：上界",
    "{run}: {gate}": "{run}：{gate}",
    "{gate} {mean}": "{gate} {mean}",
    "{run}: the bound of every step is below 1, so the gradient certainly vanishes": (
        "{run}：每一步的上界都小于 1，梯度必定消失"
    ),
    "{run}: no bound can be given, because an activation has none": "{run}：有的激活函数无界，给不出上界",
    "{run}: there is no gate on a carry, so the forget bias changes nothing": (
        "{run}：携带上没有门，遗忘门偏置不起作用"
    ),
    "A bound below 1 makes vanishing certain; a bound above 1 says nothing.": (
        "上界小于 1 时梯度必定消失；大于 1 则不能说明什么。"
    ),
    "Inputs are standard normal; states begin at 0 where the spec says nothing else.": (
        "输入服从标准正态分布；规格未另作说明时，初始状态为 0。"
    ),
    "The carry term is the largest entry of the product.": "携带项取乘积中最大的元素。",
}
