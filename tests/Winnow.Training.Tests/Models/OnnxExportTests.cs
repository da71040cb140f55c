using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Onnx;
using Winnow.Onnx.Export;
using Winnow.Training.Models;
using Winnow.Training.Models.Llama;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Models;

/// <summary>The networks that can be trained by name compute the same in ONNX Runtime, also where they were made smaller.</summary>
[Collection(TrainingCollection.Name)]
public sealed class OnnxExportTests
{
    [Theory]
    [InlineData("mlp", null)]
    [InlineData("mlp", 3)]
    [InlineData("resnet9", null)]
    [InlineData("resnet9", 5)]
    [InlineData("resnet-small", null)]
    [InlineData("resnet-small", 7)]
    [InlineData("resnet18", 9)]
    [InlineData("vit", null)]
    [InlineData("vit", 3)]
    public void Networks_of_the_catalogue_compute_the_same(string name, int? width)
    {
        using var scope = NewDisposeScope();
        using var module = ModelCatalog.Create(name, new(3, 28, 30, 7), width);
        Same(module, 3, 28, 30);
    }

    [Theory]
    [InlineData("mlp", 2)]
    [InlineData("resnet9", 6)]
    [InlineData("resnet-small", 6)]
    [InlineData("resnet18", 6)]
    [InlineData("vit", 2)]
    public void So_they_do_made_smaller_by_half_of_everything(string name, int width)
    {
        using var scope = NewDisposeScope();
        using var module = ModelCatalog.Create(name, new(1, 16, 16, 5), width);
        Stir(module);
        module.eval();
        using var sample = zeros(1, 1, 16, 16);
        var trace = NetworkTrace.Of(module, sample);
        var whole = OnnxExport.Of(module, sample);
        var outcome = NetworkShrinker.Shrink(trace, [.. trace.Groups.SelectMany(static group => group.Units.Where(static unit => unit.Index % 2 == 1))]);
        Assert.InRange(outcome.After.Macs, 1, outcome.Before.Macs - 1);
        var small = Same(module, 1, 16, 16);
        Assert.True(Bytes(small) < Bytes(whole), $"{Bytes(small)} bytes of {Bytes(whole)}");
    }

    [Fact]
    public void Segmentation_computes_the_same()
    {
        using var scope = NewDisposeScope();
        using var module = new UNet(3, 4, 5, 2);
        Same(module, 3, 16, 24);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(4, false)]
    public void Language_models_give_the_same_for_texts_of_any_length(int shared, bool tied)
    {
        using var scope = NewDisposeScope();
        var config = new LlamaConfig { VocabularySize = 23, HiddenSize = 24, IntermediateSize = 40, Layers = 2, Heads = 4, KeyValueHeads = shared, HeadSize = 6, MaxPositions = 32, TieEmbeddings = tied, BeginToken = 1, EndToken = 2 };
        using var model = new LlamaDecoder(config, 16, CPU);
        Stir(model);
        model.eval();
        using var silent = no_grad();
        var tokens = tensor(new long[,] { { 3, 1, 4, 1, 5, 9, 2 }, { 6, 5, 3, 5, 8, 9, 22 } });
        var file = OnnxExport.Of(model, tokens, model.Logits(model.Hidden(tokens)).shape, new() { InputName = "input_ids", OutputName = "logits", FreeAxes = ["batch", "tokens"] });
        Assert.Equal(["input_ids (int64 [?, ?])"], file.Inputs.Select(static port => port.ToString()));
        Assert.Equal(["logits (float [?, ?, 23])"], file.Outputs.Select(static port => port.ToString()));
        var shorter = tensor(new long[,] { { 7 } });
        Assert.InRange(OnnxExport.Check(file, [(tokens, model.Logits(model.Hidden(tokens))), (shorter, model.Logits(model.Hidden(shorter)))]), 0, 1e-5);
    }

    private static OnnxNetwork Same(nn.Module<Tensor, Tensor> module, params long[] shape)
    {
        Stir(module);
        module.eval();
        using var silent = no_grad();
        var file = OnnxExport.Of(module, zeros([1, .. shape]));
        var batches = new[] { 1, 4 }.Select(count => randn([count, .. shape])).ToArray();
        Assert.InRange(OnnxExport.Check(file, [.. batches.Select(batch => (batch, module.call(batch)))]), 0, 3e-5);
        return file;
    }

    private static long Bytes(OnnxNetwork file)
    {
        var path = Path.GetTempFileName();
        file.Save(path);
        var bytes = new FileInfo(path).Length;
        File.Delete(path);
        return bytes;
    }

    /// <summary>Statistics and scales as they never are in a new network.</summary>
    private static void Stir(nn.Module module)
    {
        using var silent = no_grad();
        foreach (var tensor in module.parameters().Select(static parameter => (Tensor)parameter).Concat(module.named_buffers().Select(static entry => entry.Item2)).Where(static tensor => tensor.is_floating_point() && tensor.dim() == 1))
        {
            tensor.copy_(rand_like(tensor) + 0.5);
        }
    }
}
