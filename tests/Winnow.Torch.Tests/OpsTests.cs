using System.Reflection;
using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

/// <summary>Every wrapper of <see cref="Ops"/> once: that it leaks nothing, and what it computes.</summary>
public sealed class OpsTests
{
    static Tensor A => Tensor.FromSpan<float>([1, -2, 3, 4, 5, -6], [2, 3]);

    static Tensor B => Tensor.FromSpan<float>([2, 2, 2, 4, 4, 4], [2, 3]);

    static Tensor Image => Numbers.Float(1, 2, 3, 8, 8);

    static Tensor Ids => Tensor.FromSpan<long>([1, 0]);

    /// <summary>Method, a call of it, and the elements it must give (null: not told here).</summary>
    static readonly (string Method, Func<Tensor?> Call, double[]? Expected)[] s_cases =
    [
        ("Add", () => Ops.Add(A, B), [3, 0, 5, 8, 9, -2]),
        ("Add", () => Ops.Add(A, 1), [2, -1, 4, 5, 6, -5]),
        ("AddInPlace", () => Changed(A, t => Ops.AddInPlace(t, B)), [3, 0, 5, 8, 9, -2]),
        ("Sub", () => Ops.Sub(A, B), [-1, -4, 1, 0, 1, -10]),
        ("Sub", () => Ops.Sub(A, 1), [0, -3, 2, 3, 4, -7]),
        ("Mul", () => Ops.Mul(A, B), [2, -4, 6, 16, 20, -24]),
        ("Mul", () => Ops.Mul(A, 0.5), [0.5, -1, 1.5, 2, 2.5, -3]),
        ("MulInPlace", () => Changed(A, t => Ops.MulInPlace(t, 2)), [2, -4, 6, 8, 10, -12]),
        ("Div", () => Ops.Div(A, B), [0.5, -1, 1.5, 1, 1.25, -1.5]),
        ("Div", () => Ops.Div(A, 2), [0.5, -1, 1.5, 2, 2.5, -3]),
        ("Neg", () => Ops.Neg(A), [-1, 2, -3, -4, -5, 6]),
        ("Exp", () => Ops.Exp(A), [Math.E, Math.Exp(-2), Math.Exp(3), Math.Exp(4), Math.Exp(5), Math.Exp(-6)]),
        ("Log", () => Ops.Log(B), [Math.Log(2), Math.Log(2), Math.Log(2), Math.Log(4), Math.Log(4), Math.Log(4)]),
        ("Sqrt", () => Ops.Sqrt(B), [Math.Sqrt(2), Math.Sqrt(2), Math.Sqrt(2), 2, 2, 2]),
        ("IsFinite", () => Ops.IsFinite(Tensor.FromSpan<float>([1, float.NaN, float.PositiveInfinity])), [1, 0, 0]),
        ("Equal", () => Ops.Equal(B, 4), [0, 0, 0, 1, 1, 1]),
        ("Equal", () => Ops.Equal(A, A), [1, 1, 1, 1, 1, 1]),
        ("Less", () => Ops.Less(A, B), [1, 1, 0, 0, 0, 1]),
        ("Less", () => Ops.Less(A, 3), [1, 1, 0, 0, 0, 1]),
        ("GreaterOrEqual", () => Ops.GreaterOrEqual(A, 3), [0, 0, 1, 1, 1, 0]),
        ("And", () => Ops.And(Ops.Less(A, 3), Ops.Less(A, 0)), [0, 1, 0, 0, 0, 1]),
        ("Or", () => Ops.Or(Ops.Less(A, 0), Ops.GreaterOrEqual(A, 4)), [0, 1, 0, 1, 1, 1]),
        ("Not", () => Ops.Not(Ops.Less(A, 3)), [0, 0, 1, 1, 1, 0]),
        ("Where", () => Ops.Where(Ops.Less(A, 3), A, B), [1, -2, 2, 4, 4, -6]),
        ("CopyInPlace", () => Changed(A, t => Ops.CopyInPlace(t, B)), [2, 2, 2, 4, 4, 4]),
        ("FillInPlace", () => Changed(A, t => Ops.FillInPlace(t, 7)), [7, 7, 7, 7, 7, 7]),
        ("UniformInPlace", () => Changed(A, t => Ops.UniformInPlace(t, 0, 1)), null),
        ("NormalInPlace", () => Changed(A, t => Ops.NormalInPlace(t, 0, 1)), null),
        ("Flatten", () => Ops.Flatten(A), [1, -2, 3, 4, 5, -6]),
        ("View", () => Ops.View(A, 3, -1), [1, -2, 3, 4, 5, -6]),
        ("Reshape", () => Ops.Reshape(Ops.Transpose(A, 0, 1), 6), [1, 4, -2, 5, 3, -6]),
        ("Permute", () => Ops.Permute(A, 1, 0), [1, 4, -2, 5, 3, -6]),
        ("Transpose", () => Ops.Transpose(A, 0, 1), [1, 4, -2, 5, 3, -6]),
        ("Unsqueeze", () => Ops.Unsqueeze(A, 1), [1, -2, 3, 4, 5, -6]),
        ("Squeeze", () => Ops.Squeeze(Ops.Unsqueeze(A, 1), 1), [1, -2, 3, 4, 5, -6]),
        ("Expand", () => Ops.Expand(Ids.View(2, 1), -1, 2), [1, 1, 0, 0]),
        ("Contiguous", () => Ops.Contiguous(Ops.Transpose(A, 0, 1)), [1, 4, -2, 5, 3, -6]),
        ("Clone", () => Ops.Clone(A), [1, -2, 3, 4, 5, -6]),
        ("Detach", () => Ops.Detach(A), [1, -2, 3, 4, 5, -6]),
        ("To", () => Ops.To(A, ScalarType.Int64), [1, -2, 3, 4, 5, -6]),
        ("To", () => Ops.To(A, Device.Cpu, ScalarType.Float64), [1, -2, 3, 4, 5, -6]),
        ("Cat", () => Ops.Cat([Ids, Ids]), [1, 0, 1, 0]),
        ("Stack", () => Ops.Stack([Ids, Ids], 1), [1, 1, 0, 0]),
        ("Narrow", () => Ops.Narrow(A, 1, 1, 2), [-2, 3, 5, -6]),
        ("Select", () => Ops.Select(A, 0, 1), [4, 5, -6]),
        ("IndexSelect", () => Ops.IndexSelect(A, 0, Ids), [4, 5, -6, 1, -2, 3]),
        ("IndexCopyInPlace", () => Changed(A, t => Ops.IndexCopyInPlace(t, 0, Ids, B)), [4, 4, 4, 2, 2, 2]),
        ("Index", () => Ops.Index(A, Ids, Ids), [5, 1]),
        ("Gather", () => Ops.Gather(A, 1, Ids.View(2, 1)), [-2, 4]),
        ("Flip", () => Ops.Flip(A, 1), [3, -2, 1, -6, 5, 4]),
        ("Unfold", () => Ops.Unfold(A, 1, 2, 1), [1, -2, -2, 3, 4, 5, 5, -6]),
        ("EveryNth", () => Ops.EveryNth(A, 1, 2), [1, 3, 4, -6]),
        ("Pad", () => Ops.Pad(A, [1, -1], 9), [9, 1, -2, 9, 4, 5]),
        ("ReflectionPad2d", () => Ops.ReflectionPad2d(A.View(1, 2, 3), 1, 0, 0, 1), [-2, 1, -2, 3, 5, 4, 5, -6, -2, 1, -2, 3]),
        ("Empty", () => Changed(Ops.Empty([2]), t => t.Fill(0)), [0, 0]),
        ("Zeros", () => Ops.Zeros([2], ScalarType.Int32), [0, 0]),
        ("Ones", () => Ops.Ones([2], ScalarType.Bool), [1, 1]),
        ("Full", () => Ops.Full([2], 2.5), [2.5, 2.5]),
        ("ZerosLike", () => Ops.ZerosLike(Ids), [0, 0]),
        ("Arange", () => Ops.Arange(1, 8, 3), [1, 4, 7]),
        ("Sum", () => Ops.Sum(A), [5]),
        ("Sum", () => Ops.Sum(A, ScalarType.Float64), [5]),
        ("Sum", () => Ops.Sum(A, [0], keepDimensions: true), [5, 3, -3]),
        ("Mean", () => Ops.Mean(B), [3]),
        ("Mean", () => Ops.Mean(B, [1]), [2, 4]),
        ("Argmax", () => Ops.Argmax(A, 1), [2, 1]),
        ("Max", () => Ops.Max(A, 1).Values, [3, 5]),
        ("All", () => Ops.All(Ops.Less(A, 5)), [0]),
        ("MatMul", () => Ops.MatMul(A, Ops.Transpose(B, 0, 1)), [4, 8, 6, 12]),
        ("Item", () => Tensor.FromSpan<double>([Ops.Item(Ops.Sum(A))]), [5]),
        ("Relu", () => Ops.Relu(A), [1, 0, 3, 4, 5, 0]),
        ("ReluInPlace", () => Ops.ReluInPlace(A), [1, 0, 3, 4, 5, 0]),
        ("Gelu", () => Ops.Gelu(A), [0.841345, -0.0455003, 2.99595, 3.99987, 5, 0]),
        ("Dropout", () => Ops.Dropout(A, 0.5, false), [1, -2, 3, 4, 5, -6]),
        ("Linear", () => Ops.Linear(A, B, Ids.To(ScalarType.Float32)), [5, 8, 7, 12]),
        ("Conv2d", () => Ops.Conv2d(A.View(1, 1, 2, 3), B.View(1, 1, 2, 3)), [4 + 16 + 20 - 24]),
        ("BatchNorm", () => Ops.BatchNorm(A, null, null, Ops.Zeros([3]), Ops.Ones([3]), false, epsilon: 0), [1, -2, 3, 4, 5, -6]),
        ("MaxPool2d", () => Ops.MaxPool2d(A.View(1, 2, 3), 2, 1), [5, 5]),
        ("AveragePool2d", () => Ops.AveragePool2d(B.View(1, 2, 3), 2, 1), [3, 3]),
        ("AdaptiveAveragePool2d", () => Ops.AdaptiveAveragePool2d(B.View(1, 2, 3), 1), [3]),
        ("AdaptiveMaxPool2d", () => Ops.AdaptiveMaxPool2d(A.View(1, 2, 3), 1), [5]),
        ("Softmax", () => Ops.Softmax(B, 1), [1 / 3.0, 1 / 3.0, 1 / 3.0, 1 / 3.0, 1 / 3.0, 1 / 3.0]),
        ("LogSoftmax", () => Ops.LogSoftmax(Ops.Zeros([1, 4]), 1), [-Math.Log(4), -Math.Log(4), -Math.Log(4), -Math.Log(4)]),
        ("CrossEntropy", () => Ops.CrossEntropy(Ops.Zeros([2, 4]), Ids, Reduction.None, 0.1), [Math.Log(4), Math.Log(4)]),
        ("NormRelu", () => Ops.NormRelu(Image, Ops.Ones([3]), Ops.Zeros([3]), Ops.Zeros([3]), Ops.Ones([3]), true), null),
    ];

    [TorchFact]
    public void Every_wrapper_computes_what_it_says_and_leaves_no_tensor_behind()
    {
        foreach (var (method, call, expected) in s_cases)
        {
            var before = Tensor.LiveCount;
            using (new TensorScope())
            {
                var result = call()!.To(ScalarType.Float64).ToArray<double>();
                if (expected is not null)
                {
                    Assert.True(
                        expected.Length == result.Length && expected.Zip(result).All(pair => Math.Abs(pair.First - pair.Second) < 1e-5),
                        $"{method}: [{string.Join(", ", result)}] instead of [{string.Join(", ", expected)}]");
                }
            }

            Assert.True(before == Tensor.LiveCount, $"{method} leaves {Tensor.LiveCount - before} tensors behind");
        }
    }

    [Fact]
    public void No_wrapper_is_missing_from_the_cases()
    {
        var wrappers = typeof(Ops).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Select(method => method.Name);
        Assert.Empty(wrappers.Except(s_cases.Select(entry => entry.Method), StringComparer.Ordinal));
    }

    [TorchFact]
    public void Convolutions_and_pools_take_strides_padding_and_groups()
    {
        using var scope = new TensorScope();
        Assert.Equal([2, 4, 4, 4], Ops.Conv2d(Image, Ops.Ones([4, 3, 3, 3]), Ops.Ones([4]), [2, 2], [1, 1]).Shape);
        Assert.Equal([2, 3, 6, 8], Ops.Conv2d(Image, Ops.Ones([3, 1, 3, 3]), null, [1], [0, 1], groups: 3).Shape);
        Assert.Equal([2, 3, 5, 5], Ops.MaxPool2d(Image, 2, 2, 1).Shape);
        Assert.Equal([2, 3, 4, 4], Ops.MaxPool2d(Image, 2).Shape);
        Assert.True(Ops.Empty([1, 3, 4, 4], ScalarType.BFloat16, format: MemoryFormat.ChannelsLast).IsContiguous(MemoryFormat.ChannelsLast));
    }

    [TorchFact]
    public void Channels_last_is_kept_through_a_convolution_of_one_channel()
    {
        using var scope = new TensorScope();
        var image = Numbers.Float(1, 2, 1, 8, 8);
        var marked = image.Contiguous(MemoryFormat.ChannelsLast);
        Assert.Equal([64, 1, 8, 1], marked.Strides);
        Assert.Equal(image.ToArray<float>(), marked.ToArray<float>());
        var (filter, weight) = (Numbers.Float(2, 16, 1, 3, 3), Numbers.Float(2, 16, 1, 3, 3).Contiguous(MemoryFormat.ChannelsLast));
        Assert.True(Ops.Conv2d(marked, filter).IsContiguous(MemoryFormat.ChannelsLast));
        Assert.True(Ops.Conv2d(image, weight).IsContiguous(MemoryFormat.ChannelsLast));
    }

    [TorchFact]
    public void Losses_of_label_smoothing_are_those_of_the_definition()
    {
        using var scope = new TensorScope();
        double[] logits = [1, 2, -1, 0.5, 0, 3];
        const double share = 0.1;
        var losses = Ops.CrossEntropy(Tensor.FromSpan<double>(logits, [2, 3]), Ids, Reduction.None, share).ToArray<double>();
        for (var i = 0; i < 2; i++)
        {
            var row = logits.AsSpan(3 * i, 3).ToArray();
            var logSum = Math.Log(row.Sum(Math.Exp));
            var label = 1 - i;
            var expected = row.Select((value, k) => (logSum - value) * (((k == label ? 1 : 0) * (1 - share)) + (share / 3))).Sum();
            Assert.Equal(expected, losses[i], 12);
        }
    }

    static Tensor Changed(Tensor tensor, Action<Tensor> change)
    {
        change(tensor);
        return tensor;
    }
}
