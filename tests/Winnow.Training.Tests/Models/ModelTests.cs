
using Winnow.Training.Models;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Models;

[Collection(TrainingCollection.Name)]
public sealed class ModelTests
{
    private static readonly ModelShape s_fashion = new(1, 28, 28, 10);

    // Counted by hand: a convolution block of i to o channels has 9io + 2o parameters, a 1x1 one io + 2o.
    [Theory]
    [InlineData("mlp", null, (784 * 256) + 256 + (256 * 256) + 256 + (256 * 10) + 10)]
    [InlineData("resnet9", null, Resnet9At16)]
    [InlineData("resnet9", 1, (9 + 2) + (18 + 4) + (2 * (36 + 4)) + (72 + 8) + (288 + 16) + (2 * (576 + 16)) + 80)]
    [InlineData("resnet-small", null, SmallAt16)]
    [InlineData("resnet18", null, 11_172_810)]
    [InlineData("vit", null, (16 * 64) + 64 + (6 * ((2 * 2 * 64) + (12 * 64 * 64) + (9 * 64))) + (2 * 64) + (64 * 10) + 10)]
    public void Parameters_are_as_many_as_counted_by_hand(string name, int? width, long count)
    {
        using var model = ModelCatalog.Create(name, s_fashion, width);
        Assert.Equal(count, model.parameters().Sum(static parameter => parameter.numel()));
    }

    private const long Resnet9At16 = (9 * 16) + 32 + (9 * 16 * 32) + 64 + (2 * ((9 * 32 * 32) + 64)) + (9 * 32 * 64) + 128
        + (9 * 64 * 128) + 256 + (2 * ((9 * 128 * 128) + 256)) + (128 * 10);

    private const long SmallAt16 = (9 * 16) + 32 + (4 * ((9 * 16 * 16) + 32))
        + (9 * 16 * 32) + 64 + (3 * ((9 * 32 * 32) + 64)) + (16 * 32) + 64
        + (9 * 32 * 64) + 128 + (3 * ((9 * 64 * 64) + 128)) + (32 * 64) + 128 + (64 * 10) + 10;

    [Fact]
    public void Every_model_gives_logits_for_the_images_it_says_it_takes()
    {
        foreach (var info in ModelCatalog.All)
        {
            foreach (var size in new[] { Math.Max(info.MinimumSize, 1), 28, 33 })
            {
                using var scope = NewDisposeScope();
                using var model = ModelCatalog.Create(info.Name, new ModelShape(3, size, size + 1, 7), 2);
                Assert.Equal([2, 7], model.forward(rand(2, 3, size, size + 1)).shape);
                model.eval();
                Assert.Equal([1, 7], model.forward(rand(1, 3, size, size + 1)).shape);
            }
        }
    }

    [Fact]
    public void Names_are_unique_and_summaries_given()
    {
        Assert.Equal(["mlp", "resnet9", "resnet-small", "resnet18", "vit"], ModelCatalog.All.Select(info => info.Name));
        Assert.All(ModelCatalog.All, info => Assert.InRange(info.DefaultWidth, 1, ModelCatalog.MaximumWidth));
        Assert.All(ModelCatalog.All, info => Assert.NotEmpty(info.Summary));
    }

    [Fact]
    public void What_cannot_be_made_is_refused_with_the_remedy()
    {
        Refused("Model 'resnet' is unknown; use one of mlp, resnet9, resnet-small, resnet18, vit.", "resnet", s_fashion, null);
        Refused("Width 0 is out of range for model 'mlp'; use 1 to 1024.", "mlp", s_fashion, 0);
        Refused("Width 1025 is out of range for model 'resnet9'; use 1 to 1024.", "resnet9", s_fashion, 1025);
        Refused("Images of 28x7 are too small for model 'resnet9', which needs 8x8; use mlp", "resnet9", s_fashion with { Width = 7 }, 2);
        Refused("A model needs at least one channel and one class; given are 1 channels and 0", "mlp", s_fashion with { Classes = 0 }, 2);
    }

    private static void Refused(string message, string name, ModelShape shape, int? width)
    {
        var error = Assert.Throws<ArgumentException>(() => ModelCatalog.Create(name, shape, width).Dispose());
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    // Names by which weights go to PyTorch and come from there; resnet18's are torchvision's.
    [Fact]
    public void Tensors_have_the_names_that_pytorch_gives_them()
    {
        using var model = ModelCatalog.Create("resnet18", s_fashion, 4);
        var names = model.state_dict().Keys.ToHashSet(StringComparer.Ordinal);
        Assert.Equal(122, names.Count);
        foreach (var name in new[] { "conv1.weight", "bn1.running_mean", "bn1.num_batches_tracked", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight", "layer4.1.bn2.bias", "fc.weight", "fc.bias" })
        {
            Assert.Contains(name, names);
        }

        Assert.DoesNotContain(names, static name => name.StartsWith("layer1.0.downsample", StringComparison.Ordinal));
        foreach (var info in ModelCatalog.All)
        {
            using var any = ModelCatalog.Create(info.Name, s_fashion, 4);
            Assert.True(Winnow.Torch.ChannelsLast.Suits(any, out var problem), problem);
        }
    }
}
