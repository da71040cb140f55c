namespace Winnow.Torch.Modules;

/// <summary>input + inner(input); shapes are equal.</summary>
public sealed class Residual : Module
{
    readonly Module _inner;

    /// <summary>Wraps a module that keeps shapes.</summary>
    /// <param name="inner">Taken over.</param>
    public Residual(Module inner) => _inner = RegisterModule("inner", inner);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        using var change = _inner.Forward(input);
        return Ops.Add(input, change);
    }
}
