namespace Winnow.Torch.Modules;

/// <summary>The two-convolution block of small residual networks. He et al. 2016.</summary>
public sealed class BasicBlock : Module
{
    readonly ConvBlock _first;
    readonly ConvBlock _second;
    readonly ConvBlock? _shortcut;

    /// <summary>Makes the block; the shortcut is a 1 × 1 convolution where shapes change and nothing where they do not.</summary>
    /// <param name="inputs">Channels coming in.</param>
    /// <param name="outputs">Channels going out.</param>
    /// <param name="stride">1 keeps the image's size, 2 halves it.</param>
    public BasicBlock(int inputs, int outputs, int stride)
    {
        _first = RegisterModule("first", new ConvBlock(inputs, outputs, stride: stride));
        _second = RegisterModule("second", new ConvBlock(outputs, outputs));
        _shortcut = stride == 1 && inputs == outputs
            ? null
            : RegisterModule("shortcut", new ConvBlock(inputs, outputs, kernel: 1, stride: stride, relu: false));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        using var inner = _first.Forward(input);
        if (_shortcut is null)
        {
            return _second.Forward(inner, input);
        }

        using var shortcut = _shortcut.Forward(input);
        return _second.Forward(inner, shortcut);
    }
}
