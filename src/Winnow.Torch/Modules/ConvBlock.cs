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
    public override Tensor Forward(Tensor input) => Forward(input, null);

    /// <summary>The block's function with a second input added after normalisation, before ReLU.</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="residual">Of the result's shape, or none; needs a block with ReLU. Stays the caller's.</param>
    /// <exception cref="InvalidOperationException">The block has no ReLU.</exception>
    public Tensor Forward(Tensor input, Tensor? residual)
    {
        if (residual is not null && !_relu)
        {
            throw new InvalidOperationException("This block ends without ReLU and takes no residual; add it to the result.");
        }

        using var convolved = _convolution.Forward(input);
        return _relu ? _norm.ForwardRelu(convolved, residual) : _norm.Forward(convolved);
    }
}
