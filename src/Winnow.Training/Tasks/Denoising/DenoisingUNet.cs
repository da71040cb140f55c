using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>
/// A small U-Net (Ronneberger et al., 2015; in diffusion Ho et al. 2020, appendix B): residual blocks with group normalisation at three resolutions, each half of the one before,
/// attention at the lowest, and back up with what each resolution had. Sides that are odd are rounded up on the way down and met again on the way up, so that any size from 8 x 8 works.
/// </summary>
internal sealed class DenoisingUNet : Module
{
    // Widths are multiples of 16.
    private const int Groups = 8;

    private readonly Conv2d _enter, _leave;
    private readonly GroupNorm _norm;
    private readonly Linear _time1, _time2;
    private readonly ModuleList<ResidualBlock> _down, _up;
    private readonly ModuleList<Conv2d> _shrink, _grow;
    private readonly ResidualBlock _middle1, _middle2;
    private readonly AttentionBlock _attention;
    private readonly int _width, _depth;

    /// <param name="channels">Colours of an image.</param>
    /// <param name="width">Channels at full resolution; twice as many below.</param>
    /// <param name="depth">Residual blocks at each resolution, on the way down and on the way up.</param>
    public DenoisingUNet(int channels, int width, int depth)
        : base(nameof(DenoisingUNet))
    {
        (_width, _depth) = (width, depth);
        int[] widths = [width, 2 * width, 2 * width];
        var embedded = EmbeddedWidth(width);
        register_module("time1", _time1 = Linear(width, embedded));
        register_module("time2", _time2 = Linear(embedded, embedded));
        register_module("enter", _enter = Conv2d(channels, width, 3, padding: 1));
        _down = [];
        _up = [];
        _shrink = [];
        _grow = [];
        var here = width;
        for (var level = 0; level < widths.Length; level++)
        {
            for (var k = 0; k < depth; k++)
            {
                _down.Add(new ResidualBlock(here, here = widths[level], embedded));
            }

            if (level < widths.Length - 1)
            {
                _shrink.Add(Conv2d(here, here, 3, stride: 2, padding: 1));
            }
        }

        register_module("middle1", _middle1 = new ResidualBlock(here, here, embedded));
        register_module("attention", _attention = new AttentionBlock(here));
        register_module("middle2", _middle2 = new ResidualBlock(here, here, embedded));
        for (var level = widths.Length - 1; level >= 0; level--)
        {
            for (var k = 0; k < depth; k++)
            {
                _up.Add(new ResidualBlock(here + widths[level], here = widths[level], embedded));
            }

            if (level > 0)
            {
                _grow.Add(Conv2d(here, here, 3, padding: 1));
            }
        }

        register_module("down", _down);
        register_module("shrink", _shrink);
        register_module("up", _up);
        register_module("grow", _grow);
        register_module("norm", _norm = Normalise(here));
        register_module("leave", _leave = Conv2d(here, channels, 3, padding: 1));
        init.zeros_(_leave.weight);
    }

    /// <summary>Numbers that time and class are told in.</summary>
    public static int EmbeddedWidth(int width) => 4 * width;

    /// <summary>The noise in images.</summary>
    /// <param name="images">With noise, float [n, channels, rows, columns].</param>
    /// <param name="times">Their time steps, int64 [n].</param>
    /// <param name="condition">What else is known of them, [n, <see cref="EmbeddedWidth"/>].</param>
    public Tensor Predict(Tensor images, Tensor times, Tensor condition)
    {
        using var scope = NewDisposeScope();
        var told = functional.silu(_time2.forward(functional.silu(_time1.forward(Waves(times)))) + condition);
        var x = _enter.forward(images);
        var passed = new Stack<Tensor>();
        var (levels, next) = (_shrink.Count + 1, 0);
        for (var level = 0; level < levels; level++)
        {
            for (var k = 0; k < _depth; k++)
            {
                passed.Push(x = _down[next++].forward(x, told));
            }

            x = level < levels - 1 ? _shrink[level].forward(x) : x;
        }

        x = _middle2.forward(_attention.forward(_middle1.forward(x, told)), told);
        next = 0;
        for (var level = levels - 1; level >= 0; level--)
        {
            for (var k = 0; k < _depth; k++)
            {
                x = _up[next++].forward(cat([x, passed.Pop()], 1), told);
            }

            if (level > 0)
            {
                var target = passed.Peek();
                x = _grow[levels - 1 - level].forward(functional.interpolate(x, [target.size(2), target.size(3)]));
            }
        }

        return _leave.forward(functional.silu(_norm.forward(x))).MoveToOuterDisposeScope();
    }

    /// <summary>A group normalisation over eight groups that changes nothing else at first.</summary>
    internal static GroupNorm Normalise(int channels)
    {
        var norm = GroupNorm(Groups, channels);

        // TorchSharp 0.107 leaves both as the memory happens to be.
        init.ones_(norm.weight);
        init.zeros_(norm.bias);
        return norm;
    }

    /// <summary>Time steps as sines and cosines, [n, width] (Vaswani et al., 2017, section 3.5).</summary>
    private Tensor Waves(Tensor times)
    {
        var half = _width / 2;
        var rates = (arange(half, ScalarType.Float32, times.device) * (-Math.Log(10000) / half)).exp();
        var angles = times.to(ScalarType.Float32).unsqueeze(1) * rates;
        return cat([angles.sin(), angles.cos()], 1);
    }
}

/// <summary>Two convolutions behind group normalisations beside a shortcut; what is told of the images (time step, class) is added between them.</summary>
internal sealed class ResidualBlock : Module<Tensor, Tensor, Tensor>
{
    private readonly GroupNorm _norm1, _norm2;
    private readonly Conv2d _convolution1, _convolution2;
    private readonly Conv2d? _shortcut;
    private readonly Linear _tell;

    public ResidualBlock(int inputs, int outputs, int told)
        : base(nameof(ResidualBlock))
    {
        register_module("norm1", _norm1 = DenoisingUNet.Normalise(inputs));
        register_module("conv1", _convolution1 = Conv2d(inputs, outputs, 3, padding: 1));
        register_module("tell", _tell = Linear(told, outputs));
        register_module("norm2", _norm2 = DenoisingUNet.Normalise(outputs));
        register_module("conv2", _convolution2 = Conv2d(outputs, outputs, 3, padding: 1));
        init.zeros_(_convolution2.weight);
        if (inputs != outputs)
        {
            register_module("shortcut", _shortcut = Conv2d(inputs, outputs, 1));
        }
    }

    /// <summary>[n, inputs, rows, columns] to [n, outputs, rows, columns].</summary>
    public override Tensor forward(Tensor images, Tensor told)
    {
        using var scope = NewDisposeScope();
        var x = _convolution1.forward(functional.silu(_norm1.forward(images))) + _tell.forward(told).unsqueeze(-1).unsqueeze(-1);
        x = _convolution2.forward(functional.silu(_norm2.forward(x)));
        return (x + (_shortcut is null ? images : _shortcut.forward(images))).MoveToOuterDisposeScope();
    }
}

/// <summary>Attention of all pixels to all, one head, beside a shortcut.</summary>
internal sealed class AttentionBlock : Module<Tensor, Tensor>
{
    private readonly GroupNorm _norm;
    private readonly Linear _qkv, _projection;

    public AttentionBlock(int width)
        : base(nameof(AttentionBlock))
    {
        register_module("norm", _norm = DenoisingUNet.Normalise(width));
        register_module("qkv", _qkv = Linear(width, 3 * width));
        register_module("proj", _projection = Linear(width, width));
        init.zeros_(_projection.weight);
    }

    /// <summary>[n, width, rows, columns] to the same.</summary>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (samples, width, rows, columns) = (images.size(0), images.size(1), images.size(2), images.size(3));
        var parts = _qkv.forward(_norm.forward(images).flatten(2).transpose(1, 2)).chunk(3, 2);
        var mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]);
        return (images + _projection.forward(mixed).transpose(1, 2).reshape(samples, width, rows, columns)).MoveToOuterDisposeScope();
    }
}
