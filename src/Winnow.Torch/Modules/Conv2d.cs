namespace Winnow.Torch.Modules;

/// <summary>A two-dimensional convolution with square filters: (N, inputs, H, W) → (N, outputs, H', W').</summary>
public sealed class Conv2d : Module
{
    readonly Tensor _weight;
    readonly Tensor? _bias;
    readonly long[] _stride;
    readonly long[] _padding;
    readonly int _every;

    /// <summary>Makes the layer with PyTorch's default initial weights.</summary>
    /// <param name="inputs">Channels coming in.</param>
    /// <param name="outputs">Channels going out.</param>
    /// <param name="kernel">Side of the filters, in pixels.</param>
    /// <param name="stride">Pixels between two places of the filter.</param>
    /// <param name="padding">Zeros put around the image, in pixels.</param>
    /// <param name="bias">Whether to add a trained offset; of no use before batch normalisation.</param>
    public Conv2d(int inputs, int outputs, int kernel, int stride = 1, int padding = 0, bool bias = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernel);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stride);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        var fanIn = (long)inputs * kernel * kernel;
        _weight = RegisterParameter("weight", Initialization.Uniform([outputs, inputs, kernel, kernel], fanIn));
        _bias = bias ? RegisterParameter("bias", Initialization.Uniform([outputs], fanIn)) : null;

        // A 1x1 filter with a stride sees one pixel in so many and nothing of the others, so those are taken first. The same numbers, but not
        // oneDNN 2.6's kernel for it, which writes past its buffers in channels-last when the channels are no multiple of 16.
        _every = kernel == 1 && padding == 0 ? stride : 1;
        _stride = [stride / _every, stride / _every];
        _padding = [padding, padding];
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        if (_every > 1)
        {
            input = Ops.EveryNth(Ops.EveryNth(input, 2, _every), 3, _every);
        }

        return Ops.Conv2d(input, _weight, _bias, _stride, _padding);
    }
}
