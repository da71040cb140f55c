namespace Winnow.Torch;

/// <content>Sums, extremes, matrix products.</content>
public static partial class Ops
{
    static readonly Operator s_sum = new("aten::sum");
    static readonly Operator s_sumOver = new("aten::sum", "dim_IntList");
    static readonly Operator s_mean = new("aten::mean");
    static readonly Operator s_meanOver = new("aten::mean", "dim");
    static readonly Operator s_argmax = new("aten::argmax");
    static readonly Operator s_maxOver = new("aten::max", "dim");
    static readonly Operator s_matmul = new("aten::matmul");
    static readonly Operator s_item = new("aten::item");
    static readonly Operator s_all = new("aten::all");

    /// <summary>The sum of all elements; whole numbers and truth values are summed as Int64.</summary>
    public static Tensor Sum(Tensor input, ScalarType? type = null) => s_sum.Call(input, type);

    /// <summary>Sums over dimensions.</summary>
    public static Tensor Sum(Tensor input, ReadOnlySpan<long> dimensions, bool keepDimensions = false) =>
        s_sumOver.Call(input, dimensions.ToArray(), keepDimensions);

    /// <summary>The mean of all elements, which must be of floating point.</summary>
    public static Tensor Mean(Tensor input) => s_mean.Call(input);

    /// <summary>Means over dimensions.</summary>
    public static Tensor Mean(Tensor input, ReadOnlySpan<long> dimensions, bool keepDimensions = false) =>
        s_meanOver.Call(input, dimensions.ToArray(), keepDimensions);

    /// <summary>Where along a dimension the largest element is; the first of equals on the processor.</summary>
    public static Tensor Argmax(Tensor input, int dimension, bool keepDimension = false) =>
        s_argmax.Call(input, dimension, keepDimension);

    /// <summary>The largest elements along a dimension and where they are.</summary>
    public static (Tensor Values, Tensor Indices) Max(Tensor input, int dimension, bool keepDimension = false)
    {
        var results = s_maxOver.CallMany(2, input, dimension, keepDimension);
        return (results[0], results[1]);
    }

    /// <summary>Whether every element is true or non-zero, as a Bool tensor of one element.</summary>
    public static Tensor All(Tensor input) => s_all.Call(input);

    /// <summary>The matrix product; leading dimensions are a batch.</summary>
    public static Tensor MatMul(Tensor left, Tensor right) => s_matmul.Call(left, right);

    /// <summary>The only element as a number; waits for the device.</summary>
    public static double Item(Tensor input) => s_item.CallScalar(input);
}
