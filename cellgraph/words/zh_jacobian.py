"""Chinese for Jacobians, their paths and their norm bounds."""

WORDS = {
    "one-step Jacobian of {cell}": "{cell} 的单步雅可比矩阵",
    "total derivatives of {cell} from one step to the next": "{cell} 相邻两步之间的全导数",
    "Numerator layout: J[i, j] = ∂y_i/∂x_j, and δ_before = Jᵀ δ_after. A term is the product along one path.": (
        "采用分子布局：J[i, j] = ∂y_i/∂x_j，且 δ_before = Jᵀ δ_after。每一项是一条路径上各局部因子的乘积。"
    ),
    "{count} paths, more than {cap}: counted, not listed": "共 {count} 条路径，超过 {cap} 条：只计数，不列出",
    "number of terms: {count}": "项数：{count}",
    "via": "经过",
    "way": "路径",
    "term": "项",
    "carry": "携带",
    "gate": "门",
    "candidate": "候选状态",
    "output": "输出",
    "d{of}/d{wrt} is the direct derivative: no other state before the step follows from {wrt}.": (
        "d{of}/d{wrt} 就是直接导数：前一时刻没有别的状态由 {wrt} 得出。"
    ),
    "With {others} held fixed the derivative is direct: {direct}. But {others} followed from {wrt} one step earlier, "
    "and the total derivative goes by that way too: {more} terms more.": (
        "固定 {others} 时得到直接导数：{direct}。但 {others} 在前一步由 {wrt} 算出，"
        "全导数还要经过这条路：另有 {more} 项。"
    ),
    "through T steps": "经过 T 步",
    "pure carry of {state}: {product}": "{state} 的纯携带项：{product}",
    "no pure carry of {states}: every term has a matrix or a gate on the way": (
        "{states} 没有纯携带项：每一项的路径上都有矩阵或门"
    ),
    "number of terms": "项数",
    "steps": "步数",
    "From step to step the number of terms grows by a factor of {growth}: the largest eigenvalue of the path matrix.": (
        "每过一步，项数增至 {growth} 倍，即路径矩阵的最大特征值。"
    ),
    "{exact} ≈ {value}": "{exact} ≈ {value}",
    "norm bounds of one step": "单步范数上界",
    "unbounded, because {quantity} has no upper limit": "无界，因为 {quantity} 没有上限",
    "in {norm}": "{norm}",
    "every p-norm": "对任何 p 范数",
    "the ∞-norm (largest row sum)": "∞ 范数（最大行和）",
    "the 2-norm": "2 范数",
    "below 1": "小于 1",
    "weight gradients, summed over the steps": "权重的梯度：对各步求和",
    "No norm bound exists, because {quantities} has no upper limit: nothing is certain, neither vanishing nor staying "
    "finite.": "不存在范数上界，因为 {quantities} 没有上限：梯度是否消失、是否保持有限，都无法断定。",
    "Put the bounds in the places of their blocks. Vanishing is certain while the largest singular value of that "
    "matrix stays below 1. Exploding needs it above 1, and a value above 1 does not imply exploding.": (
        "把各上界放到相应分块的位置。只要所得矩阵的最大奇异值小于 1，梯度必然消失。"
        "梯度爆炸要求它大于 1，但大于 1 并不意味着爆炸。"
    ),
    "The maximum holds in the ∞-norm only: coefficients that add up to 1 average the rows of the Jacobian, not its "
    "columns. In the 2-norm the root of the sum of squares is certain, and no less.": (
        "取最大值只在 ∞ 范数下成立：和为 1 的系数对雅可比矩阵的行取加权平均，而不是对列。"
        "在 2 范数下只能保证平方和的平方根，不能更小。"
    ),
    "Singular values, never eigenvalues: a product of different matrices does not follow their spectral radius. "
    "U = 2[[1, 1], [−1, −1]] has spectral radius 0, yet with D = diag(1, 0.01) the norm of (D U)^30 is 1.13e9.": (
        "要看奇异值，而不是特征值：不同矩阵的乘积并不由谱半径决定。U = 2[[1, 1], [−1, −1]] 的谱半径为 0，"
        "但取 D = diag(1, 0.01) 时，(D U)^30 的范数为 1.13e9。"
    ),
    "The bounds depend on {entries}, which the ranges do not limit.": "上界依赖于 {entries}，而取值范围并不限制它。",
    "Vanishing is certain if σ_max({matrix}) < {limit}. Exploding needs σ_max({matrix}) > {limit}, which does not "
    "imply it: the bound is reached only where every slope is at its largest.": (
        "若 σ_max({matrix}) < {limit}，梯度必然消失。梯度爆炸要求 σ_max({matrix}) > {limit}，但这并不意味着爆炸："
        "只有每处斜率都取最大值时才达到上界。"
    ),
    "This bound is never below 1, so there are no weights for which it makes vanishing certain. A bound above 1, which "
    "exploding needs, does not imply exploding.": (
        "这个上界不会小于 1，因此无论权重如何，都不能由它断定梯度消失。"
        "梯度爆炸要求上界大于 1，但上界大于 1 并不意味着爆炸。"
    ),
    "Vanishing is certain while this bound is below 1. Exploding needs it above 1, and a bound above 1 does not imply "
    "exploding.": "只要这个上界小于 1，梯度必然消失。梯度爆炸要求它大于 1，但上界大于 1 并不意味着爆炸。",
    "What {state} carries neither shrinks nor grows.": "{state} 所携带的梯度既不缩小也不增大。",
    "What {state} carries does shrink from step to step, by {coefficient}: as slowly as {coefficient} is near 1.": (
        "{state} 所携带的梯度每步都乘以 {coefficient} 而缩小：{coefficient} 越接近 1，缩小得越慢。"
    ),
}
