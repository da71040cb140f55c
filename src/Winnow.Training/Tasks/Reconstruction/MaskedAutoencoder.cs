using TorchSharp.Modules;
using Winnow.Training.Models;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Reconstruction;

/// <summary>
/// A vision transformer that sees some patches of an image, and a lighter one that predicts the others from what it made of them. Two named components: what is wanted
/// afterwards are the tensors under <c>encoder.</c>; those under <c>decoder.</c> are thrown away.
/// </summary>
internal sealed class MaskedAutoencoder : nn.Module
{
    private readonly Encoder _encoder;
    private readonly Decoder _decoder;

    /// <param name="recipe">Widths, depths, heads.</param>
    /// <param name="rows">Patches from top to bottom.</param>
    /// <param name="columns">Patches from left to right.</param>
    /// <param name="numbers">Numbers a patch has: pixels times channels.</param>
    public MaskedAutoencoder(ReconstructionRecipe recipe, int rows, int columns, int numbers)
        : base(nameof(MaskedAutoencoder))
    {
        register_module("encoder", _encoder = new Encoder(recipe, rows, columns, numbers));
        register_module("decoder", _decoder = new Decoder(recipe, rows, columns, numbers));
    }

    /// <summary>The hidden patches as they are predicted, [samples, hidden, numbers].</summary>
    /// <param name="patches">All patches, [samples, patches, numbers].</param>
    /// <param name="shown">Places of those that are seen, int64 [samples, shown].</param>
    /// <param name="hidden">Places of the others, int64 [samples, hidden].</param>
    public Tensor Predict(Tensor patches, Tensor shown, Tensor hidden) => _decoder.Predict(_encoder.Encode(patches, shown), shown, hidden);

    /// <summary>What the encoder makes of whole images: the mean over their patches, [samples, width].</summary>
    public Tensor Features(Tensor patches)
    {
        using var scope = NewDisposeScope();
        return _encoder.Encode(patches, shown: null).mean([1L]).MoveToOuterDisposeScope();
    }

    /// <summary>The rows at these places, [samples, n, width], of [samples, places, width].</summary>
    public static Tensor At(Tensor rows, Tensor places) => rows.gather(1, places.unsqueeze(-1).expand(-1, -1, rows.size(2)));

    private sealed class Encoder : nn.Module
    {
        private readonly Linear _embed;
        private readonly Sequential _blocks;
        private readonly LayerNorm _norm;

        public Encoder(ReconstructionRecipe recipe, int rows, int columns, int numbers)
            : base(nameof(Encoder))
        {
            register_module("embed", _embed = nn.Linear(numbers, recipe.Width));
            register_module("blocks", _blocks = TransformerBlock.Stack(recipe.Width, recipe.Heads, recipe.Depth));
            register_module("norm", _norm = nn.LayerNorm(recipe.Width, eps: 1e-6));
            register_buffer("positions", Patches.Positions(rows, columns, recipe.Width).DetachFromDisposeScope());
        }

        /// <summary>Those that are shown; all where none are named.</summary>
        public Tensor Encode(Tensor patches, Tensor? shown)
        {
            using var scope = NewDisposeScope();
            var positions = get_buffer("positions")!;
            var tokens = shown is null ? _embed.forward(patches) + positions : _embed.forward(At(patches, shown)) + At(positions.expand(patches.size(0), -1, -1), shown);
            return _norm.forward(_blocks.forward(tokens)).MoveToOuterDisposeScope();
        }
    }

    private sealed class Decoder : nn.Module
    {
        private readonly Linear _embed, _predict;
        private readonly Sequential _blocks;
        private readonly LayerNorm _norm;
        private readonly Parameter _mask;

        public Decoder(ReconstructionRecipe recipe, int rows, int columns, int numbers)
            : base(nameof(Decoder))
        {
            var width = recipe.DecoderWidth;
            register_module("embed", _embed = nn.Linear(recipe.Width, width));
            register_parameter("mask", _mask = new Parameter((randn(1, 1, width) * 0.02).DetachFromDisposeScope()));
            register_module("blocks", _blocks = TransformerBlock.Stack(width, recipe.Heads, recipe.DecoderDepth));
            register_module("norm", _norm = nn.LayerNorm(width, eps: 1e-6));
            register_module("predict", _predict = nn.Linear(width, numbers));
            register_buffer("positions", Patches.Positions(rows, columns, width).DetachFromDisposeScope());
        }

        public Tensor Predict(Tensor encoded, Tensor shown, Tensor hidden)
        {
            using var scope = NewDisposeScope();
            var positions = get_buffer("positions")!.expand(encoded.size(0), -1, -1);
            var seen = _embed.forward(encoded) + At(positions, shown);
            var missing = _mask + At(positions, hidden);

            // The order of tokens is nothing to a transformer, so that those to be predicted may stand at the end.
            var all = cat([seen, missing.to(seen.dtype)], 1);
            return _predict.forward(_norm.forward(_blocks.forward(all)).narrow(1, shown.size(1), hidden.size(1))).MoveToOuterDisposeScope();
        }
    }
}
