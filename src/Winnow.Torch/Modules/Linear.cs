namespace Winnow.Torch.Modules;

/// <summary>A fully connected layer: (…, inputs) → (…, outputs).</summary>
public sealed class Linear : Module
{
    readonly Tensor _weight;
    readonly Tensor? _bias;

    /// <summary>Makes the layer with PyTorch's default initial weights.</summary>
    /// <param name="inputs">Numbers per sample coming in.</param>
    /// <param name="outputs">Numbers per sample going out.</param>
    /// <param name="bias">Whether to add a trained offset.</param>
    public Linear(int inputs, int outputs, bool bias = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        _weight = RegisterParameter("weight", Initialization.Uniform([outputs, inputs], inputs));
        _bias = bias ? RegisterParameter("bias", Initialization.Uniform([outputs], inputs)) : null;
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => Ops.Linear(input, _weight, _bias);
}
