using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

/// <summary>Gradients through the binding against central differences, in double.</summary>
public sealed class GradientTests
{
    [TorchFact]
    public void Linear() =>
        Check(t => Ops.Linear(t[0], t[1], t[2]), [3, 4], [5, 4], [5]);

    [TorchFact]
    public void Convolution_with_stride_padding_and_bias() =>
        Check(t => Ops.Conv2d(t[0], t[1], t[2], [2, 2], [1, 1]), [2, 3, 5, 5], [4, 3, 3, 3], [4]);

    [TorchFact]
    public void Convolution_in_groups() =>
        Check(t => Ops.Conv2d(t[0], t[1], groups: 2), [2, 4, 4, 4], [6, 2, 3, 3]);

    [TorchFact]
    public void Batch_normalisation_in_training() =>
        Check(t => Ops.BatchNorm(t[0], t[1], t[2], null, null, training: true), [3, 2, 4, 4], [2], [2]);

    [TorchFact]
    public void Batch_normalisation_by_running_statistics() =>
        Check(
            t => Ops.BatchNorm(
                t[0], t[1], t[2], Ops.Full([2], 0.1, ScalarType.Float64), Ops.Full([2], 0.7, ScalarType.Float64), training: false),
            [3, 2, 4, 4], [2], [2]);

    [TorchFact]
    public void Normalisation_with_relu_in_training() =>
        Check(t => Ops.NormRelu(t[0], t[1], t[2], Ops.Zeros([2], ScalarType.Float64), Ops.Ones([2], ScalarType.Float64), true), [3, 2, 4, 4], [2], [2]);

    [TorchFact]
    public void Cross_entropy_with_label_smoothing_per_sample() =>
        Check(
            t => Ops.Mul(
                Ops.CrossEntropy(t[0], Tensor.FromSpan<long>([2, 0, 1]), Reduction.None, 0.1),
                Tensor.FromSpan<double>([0.5, 2, 1])),
            [3, 4]);

    [TorchFact]
    public void Relu_and_pooling() =>
        Check(t => Ops.AdaptiveAveragePool2d(Ops.MaxPool2d(Ops.Relu(t[0]), 2), 1), [2, 3, 6, 6]);

    [TorchFact]
    public void Softmax_and_matrix_product() =>
        Check(t => Ops.MatMul(Ops.Softmax(t[0], 1), t[1]), [3, 4], [4, 2]);

    static void Check(Func<Tensor[], Tensor> function, params long[][] shapes)
    {
        const double step = 1e-6;
        using var scope = new TensorScope();
        var inputs = shapes.Select((shape, i) => Numbers.Double((ulong)i + 1, shape)).ToArray();
        foreach (var input in inputs)
        {
            input.RequiresGrad = true;
        }

        // A fixed direction makes one number of any result without hiding errors that cancel in a plain sum.
        Tensor Scalar()
        {
            var result = function(inputs);
            return Ops.Sum(Ops.Mul(result, Numbers.Double(99, result.Shape)));
        }

        Scalar().Backward();
        foreach (var input in inputs)
        {
            var gradient = input.Grad!.ToArray<double>();
            var values = input.ToArray<double>();
            var numeric = new double[values.Length];
            using var noGrad = NoGrad.Enter();
            for (var i = 0; i < values.Length; i++)
            {
                using var inner = new TensorScope();
                var original = values[i];
                values[i] = original + step;
                input.CopyFrom<double>(values);
                var above = Scalar().ToDouble();
                values[i] = original - step;
                input.CopyFrom<double>(values);
                var below = Scalar().ToDouble();
                values[i] = original;
                numeric[i] = (above - below) / (2 * step);
            }

            input.CopyFrom<double>(values);
            Numbers.Close(numeric, gradient, 1e-6);
        }
    }
}
