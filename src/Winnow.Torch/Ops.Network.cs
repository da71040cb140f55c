using Winnow.Torch.Interop;

namespace Winnow.Torch;

/// <content>What networks are made of. Names are those autocast knows, or bf16 would silently not be used.</content>
public static partial class Ops
{
    static readonly long[] s_one = [1];
    static readonly long[] s_zero = [0];
    static readonly Operator s_relu = new("aten::relu");
    static readonly Operator s_reluInPlace = new("aten::relu_");
    static readonly Operator s_gelu = new("aten::gelu");
    static readonly Operator s_dropout = new("aten::dropout");
    static readonly Operator s_linear = new("aten::linear");
    static readonly Operator s_conv2d = new("aten::conv2d");
    static readonly Operator s_batchNorm = new("aten::batch_norm");
    static readonly Operator s_maxPool2d = new("aten::max_pool2d");
    static readonly Operator s_averagePool2d = new("aten::avg_pool2d");
    static readonly Operator s_adaptiveAveragePool2d = new("aten::adaptive_avg_pool2d");
    static readonly Operator s_adaptiveMaxPool2d = new("aten::adaptive_max_pool2d");
    static readonly Operator s_softmax = new("aten::softmax", "int");
    static readonly Operator s_logSoftmax = new("aten::log_softmax", "int");
    static readonly Operator s_crossEntropy = new("aten::cross_entropy_loss");

    /// <summary>max(0, input).</summary>
    public static Tensor Relu(Tensor input) => s_relu.Call(input);

    /// <summary>input = max(0, input), and a second handle to it. Not for an input that an earlier operator saved for its backward pass.</summary>
    public static Tensor ReluInPlace(Tensor input) => s_reluInPlace.Call(input);

    /// <summary>The Gaussian error linear unit, exact form.</summary>
    public static Tensor Gelu(Tensor input) => s_gelu.Call(input);

    /// <summary>In training, zeroes elements with a probability and scales the others to keep the expectation.</summary>
    public static Tensor Dropout(Tensor input, double probability, bool training) => s_dropout.Call(input, probability, training);

    /// <summary>input · weightᵀ + bias: (…, in), (out, in), (out) → (…, out).</summary>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias = null) => s_linear.Call(input, weight, bias);

    /// <summary>Two-dimensional convolution: (N, C, H, W) with (out, C/groups, kh, kw) → (N, out, H', W').</summary>
    /// <param name="input">The images.</param>
    /// <param name="weight">The filters.</param>
    /// <param name="bias">One number per filter, or none.</param>
    /// <param name="stride">One number, or one per direction; 1 when null.</param>
    /// <param name="padding">Zeros around the image: one number, or one per direction; 0 when null.</param>
    /// <param name="groups">Groups of channels convolved apart.</param>
    public static Tensor Conv2d(
        Tensor input, Tensor weight, Tensor? bias = null, long[]? stride = null, long[]? padding = null, int groups = 1) =>
        s_conv2d.Call(input, weight, bias, stride ?? s_one, padding ?? s_zero, s_one, groups);

    /// <summary>
    /// Normalises each channel of (N, C, …): in training by the batch's mean and variance, moving the running ones towards them; otherwise by
    /// the running ones.
    /// </summary>
    /// <param name="input">The activations.</param>
    /// <param name="weight">Scale per channel, or none.</param>
    /// <param name="bias">Offset per channel, or none.</param>
    /// <param name="runningMean">Changed in training; none in training: the batch's statistics are used and not recorded.</param>
    /// <param name="runningVariance">Changed in training; unbiased.</param>
    /// <param name="training">Whether the batch's own statistics are used.</param>
    /// <param name="momentum">Share of the batch in the running statistics, in [0, 1].</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static Tensor BatchNorm(
        Tensor input, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVariance, bool training, double momentum = 0.1,
        double epsilon = 1e-5) =>
        s_batchNorm.Call(input, weight, bias, runningMean, runningVariance, training, momentum, epsilon, true);

    /// <summary>
    /// max(0, <see cref="BatchNorm"/> + residual) as one operator: about a quarter of a small network's training step is spent there, and this
    /// takes half as long. Own kernels for channels-last Float32 and BFloat16 on the processor with channels in multiples of 16; elsewhere
    /// libtorch's operators one after another.
    /// </summary>
    /// <param name="input">The activations (N, C, H, W).</param>
    /// <param name="weight">Scale per channel.</param>
    /// <param name="bias">Offset per channel.</param>
    /// <param name="runningMean">Changed in training; none in training: the batch's statistics are used and not recorded.</param>
    /// <param name="runningVariance">Changed in training; unbiased.</param>
    /// <param name="training">Whether the batch's own statistics are used.</param>
    /// <param name="momentum">Share of the batch in the running statistics, in [0, 1].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="residual">Added before ReLU, of the input's shape; or none.</param>
    public static Tensor NormRelu(
        Tensor input, Tensor weight, Tensor bias, Tensor? runningMean, Tensor? runningVariance, bool training, double momentum = 0.1,
        double epsilon = 1e-5, Tensor? residual = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(bias);
        TorchRuntime.PrepareThread();
        Native.Check(Native.winnow_norm_relu(
            input.Handle, weight.Handle, bias.Handle, residual?.Handle ?? 0, runningMean?.Handle ?? 0, runningVariance?.Handle ?? 0,
            training ? 1 : 0, momentum, epsilon, out var output));
        GC.KeepAlive(input);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        GC.KeepAlive(residual);
        GC.KeepAlive(runningMean);
        GC.KeepAlive(runningVariance);
        return Tensor.Own(output);
    }

    /// <summary>The largest element of each window of kernel × kernel, windows <paramref name="stride"/> apart (the kernel's size when 0).</summary>
    public static Tensor MaxPool2d(Tensor input, int kernel, int stride = 0, int padding = 0) =>
        s_maxPool2d.Call(input, Pair(kernel), Pair(stride == 0 ? kernel : stride), Pair(padding));

    /// <summary>The mean of each window of kernel × kernel, windows <paramref name="stride"/> apart (the kernel's size when 0).</summary>
    public static Tensor AveragePool2d(Tensor input, int kernel, int stride = 0) =>
        s_averagePool2d.Call(input, Pair(kernel), Pair(stride == 0 ? kernel : stride));

    /// <summary>Means over size × size areas that share the image out evenly.</summary>
    public static Tensor AdaptiveAveragePool2d(Tensor input, int size) => s_adaptiveAveragePool2d.Call(input, Pair(size));

    /// <summary>Largest elements of size × size areas that share the image out evenly.</summary>
    public static Tensor AdaptiveMaxPool2d(Tensor input, int size)
    {
        var results = s_adaptiveMaxPool2d.CallMany(2, input, Pair(size));
        results[1].Dispose();
        return results[0];
    }

    /// <summary>Exponentials along a dimension, divided by their sum.</summary>
    public static Tensor Softmax(Tensor input, int dimension) => s_softmax.Call(input, dimension);

    /// <summary>The logarithm of <see cref="Softmax"/>, computed stably.</summary>
    public static Tensor LogSoftmax(Tensor input, int dimension) => s_logSoftmax.Call(input, dimension);

    /// <summary>Cross entropy in nats of logits (N, classes) against class labels (N, Int64).</summary>
    /// <param name="logits">Unnormalised log probabilities.</param>
    /// <param name="labels">Numbers of classes in [0, classes).</param>
    /// <param name="reduction">One loss per sample, their mean, or their sum.</param>
    /// <param name="labelSmoothing">Share of the target spread evenly over all classes, in [0, 1].</param>
    public static Tensor CrossEntropy(
        Tensor logits, Tensor labels, Reduction reduction = Reduction.Mean, double labelSmoothing = 0) =>
        s_crossEntropy.Call(logits, labels, Argument.None, (long)reduction, -100L, labelSmoothing);

    static long[] Pair(int size) => [size, size];
}
