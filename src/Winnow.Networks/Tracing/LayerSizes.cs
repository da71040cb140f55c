using System.Runtime.CompilerServices;
using TorchSharp.Modules;

namespace Winnow.Networks.Tracing;

/// <summary>What layers remember of their sizes beside their weights, and check their inputs against.</summary>
internal static class LayerSizes
{
    /// <summary>Makes a layer remember the sizes of its weights as they are now.</summary>
    /// <param name="layer">The layer, of which <see cref="Layer.Outputs"/> and <see cref="Layer.BlockCount"/> are those of before.</param>
    public static void Follow(Layer layer)
    {
        switch (layer.Module)
        {
            case Convolution conv:
                var (first, second) = (conv.weight!.shape[0], conv.weight.shape[1]);
                var outputs = conv.transposed ? second : first;
                conv.groups = layer.BlockCount == 1 ? 1 : layer.BlockCount * outputs / layer.Outputs;
                var inputs = conv.transposed ? first : second * conv.groups;
                InChannels(conv) = inputs;
                InputChannels(conv) = inputs;
                OutChannels(conv) = outputs;
                break;
            case Linear linear:
                (linear.out_features, linear.in_features) = (linear.weight!.shape[0], linear.weight.shape[1]);
                break;
            case NormBase norm when (norm.weight ?? norm.running_mean) is { } vector:
                NumFeatures(norm) = vector.shape[0];
                break;
            case LayerNorm norm when norm.weight is { } vector:
                norm.normalized_shape = [vector.shape[0]];
                break;
            case GroupNorm norm when norm.weight is { } vector:
                norm.num_groups = layer.BlockCount == 1 ? 1 : layer.BlockCount * vector.shape[0] / layer.Outputs;
                break;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<in_channels>k__BackingField")]
    private static extern ref long InChannels(Convolution conv);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "input_channels")]
    private static extern ref long InputChannels(Convolution conv);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<out_channels>k__BackingField")]
    private static extern ref long OutChannels(Convolution conv);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<num_features>k__BackingField")]
    private static extern ref long NumFeatures(NormBase norm);
}
