namespace Winnow.Torch.Modules;

/// <summary>Convolution without bias, batch normalisation and, if asked for, ReLU.</summary>
public sealed class ConvBlock : Module
{
    readonly Conv2d _convolution;
    readonly BatchNorm2d _norm;
    readonly bool _relu;

    /// <summary>Makes the block; "same" padding, so that stride 1 keeps the image's size.</summary>
    /// <param name="inputs">Channels coming in.</param>
    /// <param name="outputs">Channels going out.</param>
    /// <param name="kernel">Side of the filters, odd.</param>
    /// <param name="stride">Pixels between two places of the filter.</param>
    /// <param name="relu">Whether to end with ReLU.</param>
    public ConvBlock(int inputs, int outputs, int kernel = 3, int stride = 1, bool relu = true)
    {
        _convolution = RegisterModule("conv", new Conv2d(inputs, outputs, kernel, stride, kernel / 2, bias: false));
        _norm = RegisterModule("norm", new BatchNorm2d(outputs));
        _relu = relu;
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        var convolved = _convolution.Forward(input);
        var normalised = _norm.Forward(convolved);
        convolved.Dispose();
        if (!_relu)
        {
            return normalised;
        }

        // Batch normalisation saves its input, not its output, for the backward pass: the output may be overwritten.
        var result = Ops.ReluInPlace(normalised);
        normalised.Dispose();
        return result;
    }
}
