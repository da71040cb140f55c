namespace Winnow.Torch.Modules;

/// <summary>Batch normalisation of each channel of (N, channels, H, W). Ioffe and Szegedy 2015.</summary>
public sealed class BatchNorm2d : Module
{
    readonly Tensor _weight;
    readonly Tensor _bias;
    readonly Tensor _mean;
    readonly Tensor _variance;
    readonly double _momentum;
    readonly double _epsilon;

    /// <summary>Makes the layer with scale 1 and offset 0, as PyTorch does.</summary>
    /// <param name="channels">Channels in and out.</param>
    /// <param name="momentum">Share of a batch in the running statistics, in [0, 1].</param>
    /// <param name="epsilon">Added to the variance.</param>
    public BatchNorm2d(int channels, double momentum = 0.1, double epsilon = 1e-5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        _weight = RegisterParameter("weight", Ops.Ones([channels]));
        _bias = RegisterParameter("bias", Ops.Zeros([channels]));
        _mean = RegisterBuffer("running_mean", Ops.Zeros([channels]));
        _variance = RegisterBuffer("running_var", Ops.Ones([channels]));
        _momentum = momentum;
        _epsilon = epsilon;
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) =>
        Ops.BatchNorm(input, _weight, _bias, Mean, Variance, IsTraining, _momentum, _epsilon);

    /// <summary>max(0, normalised input + residual), computed as one operator where that is possible.</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="residual">Of the input's shape, or none. Stays the caller's.</param>
    public Tensor ForwardRelu(Tensor input, Tensor? residual = null) =>
        Ops.NormRelu(input, _weight, _bias, Mean, Variance, IsTraining, _momentum, _epsilon, residual);

    // Without running statistics to write to, a batch is normalised by its own and nothing is recorded.
    Tensor? Mean => IsTraining && !RecordsStatistics ? null : _mean;

    Tensor? Variance => IsTraining && !RecordsStatistics ? null : _variance;
}
