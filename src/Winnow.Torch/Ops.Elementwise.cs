namespace Winnow.Torch;

/// <summary>
/// libtorch's operators as typed calls. Shapes broadcast as libtorch's do; every call fails with a <see cref="TorchException"/> that names the
/// operator. Results belong to the current <see cref="TensorScope"/>. Names ending in InPlace change their first argument.
/// </summary>
public static partial class Ops
{
    static readonly Operator s_add = new("aten::add", "Tensor");
    static readonly Operator s_addScalar = new("aten::add", "Scalar");
    static readonly Operator s_addInPlace = new("aten::add_", "Tensor");
    static readonly Operator s_sub = new("aten::sub", "Tensor");
    static readonly Operator s_subScalar = new("aten::sub", "Scalar");
    static readonly Operator s_mul = new("aten::mul", "Tensor");
    static readonly Operator s_mulScalar = new("aten::mul", "Scalar");
    static readonly Operator s_mulInPlace = new("aten::mul_", "Scalar");
    static readonly Operator s_div = new("aten::div", "Tensor");
    static readonly Operator s_divScalar = new("aten::div", "Scalar");
    static readonly Operator s_neg = new("aten::neg");
    static readonly Operator s_exp = new("aten::exp");
    static readonly Operator s_log = new("aten::log");
    static readonly Operator s_sqrt = new("aten::sqrt");
    static readonly Operator s_isFinite = new("aten::isfinite");
    static readonly Operator s_equal = new("aten::eq", "Tensor");
    static readonly Operator s_equalScalar = new("aten::eq", "Scalar");
    static readonly Operator s_less = new("aten::lt", "Tensor");
    static readonly Operator s_lessScalar = new("aten::lt", "Scalar");
    static readonly Operator s_greaterOrEqualScalar = new("aten::ge", "Scalar");
    static readonly Operator s_and = new("aten::logical_and");
    static readonly Operator s_or = new("aten::logical_or");
    static readonly Operator s_not = new("aten::logical_not");
    static readonly Operator s_where = new("aten::where", "self");
    static readonly Operator s_copyInPlace = new("aten::copy_");
    static readonly Operator s_fillInPlace = new("aten::fill_", "Scalar");
    static readonly Operator s_uniformInPlace = new("aten::uniform_");
    static readonly Operator s_normalInPlace = new("aten::normal_");

    /// <summary>left + right.</summary>
    public static Tensor Add(Tensor left, Tensor right) => s_add.Call(left, right);

    /// <summary>left + right.</summary>
    public static Tensor Add(Tensor left, double right) => s_addScalar.Call(left, right);

    /// <summary>left += right.</summary>
    public static void AddInPlace(Tensor left, Tensor right) => s_addInPlace.CallInPlace(left, right);

    /// <summary>left - right.</summary>
    public static Tensor Sub(Tensor left, Tensor right) => s_sub.Call(left, right);

    /// <summary>left - right.</summary>
    public static Tensor Sub(Tensor left, double right) => s_subScalar.Call(left, right);

    /// <summary>left · right, element by element.</summary>
    public static Tensor Mul(Tensor left, Tensor right) => s_mul.Call(left, right);

    /// <summary>left · right.</summary>
    public static Tensor Mul(Tensor left, double right) => s_mulScalar.Call(left, right);

    /// <summary>left ·= right.</summary>
    public static void MulInPlace(Tensor left, double right) => s_mulInPlace.CallInPlace(left, right);

    /// <summary>left / right; whole numbers give a real quotient.</summary>
    public static Tensor Div(Tensor left, Tensor right) => s_div.Call(left, right);

    /// <summary>left / right; whole numbers give a real quotient.</summary>
    public static Tensor Div(Tensor left, double right) => s_divScalar.Call(left, right);

    /// <summary>-input.</summary>
    public static Tensor Neg(Tensor input) => s_neg.Call(input);

    /// <summary>e to the power of each element.</summary>
    public static Tensor Exp(Tensor input) => s_exp.Call(input);

    /// <summary>The natural logarithm; NaN below zero.</summary>
    public static Tensor Log(Tensor input) => s_log.Call(input);

    /// <summary>The square root; NaN below zero.</summary>
    public static Tensor Sqrt(Tensor input) => s_sqrt.Call(input);

    /// <summary>True where an element is neither NaN nor infinite.</summary>
    public static Tensor IsFinite(Tensor input) => s_isFinite.Call(input);

    /// <summary>True where the elements are equal.</summary>
    public static Tensor Equal(Tensor left, Tensor right) => s_equal.Call(left, right);

    /// <summary>True where an element equals the number.</summary>
    public static Tensor Equal(Tensor left, double right) => s_equalScalar.Call(left, right);

    /// <summary>True where left &lt; right.</summary>
    public static Tensor Less(Tensor left, Tensor right) => s_less.Call(left, right);

    /// <summary>True where left &lt; right.</summary>
    public static Tensor Less(Tensor left, double right) => s_lessScalar.Call(left, right);

    /// <summary>True where left ≥ right.</summary>
    public static Tensor GreaterOrEqual(Tensor left, double right) => s_greaterOrEqualScalar.Call(left, right);

    /// <summary>True where both are; any non-zero element counts as true.</summary>
    public static Tensor And(Tensor left, Tensor right) => s_and.Call(left, right);

    /// <summary>True where either is; any non-zero element counts as true.</summary>
    public static Tensor Or(Tensor left, Tensor right) => s_or.Call(left, right);

    /// <summary>True where an element is zero or false.</summary>
    public static Tensor Not(Tensor input) => s_not.Call(input);

    /// <summary>The element of <paramref name="yes"/> where the condition is true, of <paramref name="no"/> where not.</summary>
    public static Tensor Where(Tensor condition, Tensor yes, Tensor no) => s_where.Call(condition, yes, no);

    /// <summary>Overwrites target with source, converting type, device and layout; shapes broadcast.</summary>
    public static void CopyInPlace(Tensor target, Tensor source) => s_copyInPlace.CallInPlace(target, source);

    /// <summary>Sets every element.</summary>
    public static void FillInPlace(Tensor target, double value) => s_fillInPlace.CallInPlace(target, value);

    /// <summary>Fills with numbers drawn evenly from [low, high) by the seeded generator of the tensor's device.</summary>
    public static void UniformInPlace(Tensor target, double low, double high) => s_uniformInPlace.CallInPlace(target, low, high);

    /// <summary>Fills with normally distributed numbers drawn by the seeded generator of the tensor's device.</summary>
    public static void NormalInPlace(Tensor target, double mean, double deviation) =>
        s_normalInPlace.CallInPlace(target, mean, deviation);
}
