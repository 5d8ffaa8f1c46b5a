"""Chinese for pictures: alternative text, legends and headings."""

WORDS = {
    "Inputs: {names}": "输入：{names}",
    "Handed to the next step: {names}": "传给下一时间步：{names}",
    "Equations: {names}": "方程：{names}",
    "carried state": "加法携带的状态",
    "constant": "常量",
    "given gradient": "给定的梯度",
    "intermediate quantity": "中间量",
    "operation": "运算",
    "gradient along the carry": "沿携带的梯度",
    "gradient by another path": "经其他路径的梯度",
    "on no way of the gradient": "不在梯度路径上",
    "in both": "两者都有",
    "only in the first": "仅前者有",
    "only in the second": "仅后者有",
}
