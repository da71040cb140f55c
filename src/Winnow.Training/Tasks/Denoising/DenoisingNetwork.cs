using TorchSharp.Modules;
using Winnow.Training.Models;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Denoising;

/// <summary>
/// What says which noise is in an image of a class: two named components, a class encoder (tensors under <c>class_encoder.</c>) and a U-Net (under <c>unet.</c>). Beside the classes there is one for
/// "not told", which training puts in a class's place now and then (Ho and Salimans, Classifier-Free Diffusion Guidance, 2022, section 3.2).
/// </summary>
internal sealed class DenoisingNetwork : nn.Module
{
    private readonly ClassEncoder _classes;
    private readonly DenoisingUNet _unet;

    /// <param name="recipe">Width and depth.</param>
    /// <param name="channels">Colours of an image.</param>
    /// <param name="classes">How many classes there are.</param>
    public DenoisingNetwork(DenoisingRecipe recipe, int channels, int classes)
        : base(nameof(DenoisingNetwork))
    {
        register_module("class_encoder", _classes = new ClassEncoder(classes, DenoisingUNet.EmbeddedWidth(recipe.Width)));
        register_module("unet", _unet = new DenoisingUNet(channels, recipe.Width, recipe.Depth));
    }

    /// <summary>The noise in images as it is predicted.</summary>
    /// <param name="images">With noise, [n, channels, rows, columns].</param>
    /// <param name="times">Their time steps, int64 [n].</param>
    /// <param name="classes">Their classes, int64 [n]; the number of classes stands for one that isn't told.</param>
    public Tensor Predict(Tensor images, Tensor times, Tensor classes)
    {
        using var scope = NewDisposeScope();
        return _unet.Predict(images, times, _classes.forward(classes)).MoveToOuterDisposeScope();
    }

    private sealed class ClassEncoder : nn.Module<Tensor, Tensor>
    {
        private readonly EmbeddingTable _embed;
        private readonly Linear _mix;

        public ClassEncoder(int classes, int width)
            : base(nameof(ClassEncoder))
        {
            register_module("embed", _embed = new EmbeddingTable(classes + 1, width, spread: 1));
            register_module("mix", _mix = nn.Linear(width, width));
        }

        public override Tensor forward(Tensor classes)
        {
            using var scope = NewDisposeScope();
            return _mix.forward(nn.functional.silu(_embed.forward(classes))).MoveToOuterDisposeScope();
        }
    }
}
