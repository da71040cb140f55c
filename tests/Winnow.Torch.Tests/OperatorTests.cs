using Winnow.Torch.Tests.Support;

namespace Winnow.Torch.Tests;

public sealed class OperatorTests
{
    static readonly long[] s_shape = [2, 3];

    [TorchFact]
    public void A_failure_names_the_operator_and_gives_libtorchs_words()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<TorchException>(() => Ops.Add(Ops.Ones([3]), Ops.Ones([2])));
        Assert.Equal("aten::add.Tensor", error.OperatorName);
        Assert.StartsWith("The size of tensor a (3) must match the size of tensor b (2)", error.TorchMessage, StringComparison.Ordinal);
        Assert.Equal($"aten::add.Tensor: {error.TorchMessage}", error.Message);
        Assert.DoesNotContain("Exception raised from", error.Message, StringComparison.Ordinal);
    }

    [TorchFact]
    public void A_failure_in_a_convolution_names_it()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<TorchException>(() => Ops.Conv2d(Ops.Ones([1, 3, 8, 8]), Ops.Ones([4, 2, 3, 3])));
        Assert.Equal("aten::conv2d", error.OperatorName);
        Assert.Contains("expected input[1, 3, 8, 8] to have 2 channels", error.TorchMessage, StringComparison.Ordinal);
    }

    [TorchFact]
    public void An_operator_that_does_not_exist_is_named()
    {
        var error = Assert.Throws<TorchException>(() => new Operator("aten::no_such_thing", "Tensor").Call());
        Assert.Contains("has no operator aten::no_such_thing.Tensor", error.Message, StringComparison.Ordinal);
    }

    [TorchFact]
    public void Too_many_too_few_and_wrong_arguments_are_refused()
    {
        using var scope = new TensorScope();
        var one = Ops.Ones([1]);
        var relu = new Operator("aten::relu");
        Assert.Contains("got 2 arguments, takes 1", Assert.Throws<TorchException>(() => relu.Call(one, one)).Message, StringComparison.Ordinal);
        Assert.Contains("argument 'self' is missing", Assert.Throws<TorchException>(() => relu.Call()).Message, StringComparison.Ordinal);
        Assert.Contains("has no default", Assert.Throws<TorchException>(() => relu.Call(Argument.Default)).Message, StringComparison.Ordinal);
        Assert.Throws<TorchException>(() => relu.Call("text"));
        Assert.Throws<TorchException>(() => relu.Call(Argument.None));
    }

    [TorchFact]
    public void A_call_that_asks_for_another_number_of_results_leaks_nothing()
    {
        var before = Tensor.LiveCount;
        using (new TensorScope())
        {
            var max = new Operator("aten::max", "dim");
            Assert.Throws<TorchException>(() => max.Call(Ops.Ones([2, 2]), 0));
            Assert.Throws<InvalidOperationException>(() => max.CallMany(3, Ops.Ones([2, 2]), 0));
            Assert.Throws<InvalidOperationException>(() => new Operator("aten::relu").CallScalar(Ops.Ones([2, 2])));
            Assert.Throws<ArgumentOutOfRangeException>(() => max.CallMany(0));
        }

        Assert.Equal(before, Tensor.LiveCount);
    }

    [TorchFact]
    public void Every_kind_of_argument_arrives()
    {
        using var scope = new TensorScope();
        var full = new Operator("aten::full").Call(s_shape, 1.5, ScalarType.Float64, Argument.None, Device.Cpu, false);
        Assert.Equal("Float64[2, 3] on cpu", full.ToString());
        var padded = new Operator("aten::pad").Call(full, new long[] { 1, 1 }, "replicate");
        Assert.Equal([2, 5], padded.Shape);
        Assert.Equal(15, Ops.Sum(padded).ToDouble());
        var gelu = new Operator("aten::gelu");
        Assert.NotEqual(gelu.Call(full, "tanh").ToArray<double>(), gelu.Call(full, Argument.Default).ToArray<double>());
        var picked = Ops.Index(full, null, Tensor.FromSpan<long>([2, 0]));
        Assert.Equal([2, 2], picked.Shape);
        Assert.Contains("aten::pad", new Operator("aten::pad").Schema, StringComparison.Ordinal);
    }

    [TorchFact]
    public void Lists_too_long_for_the_stack_work_and_so_does_text_beyond_ascii()
    {
        using var scope = new TensorScope();
        var tensors = Enumerable.Range(0, 1000).Select(i => Ops.Full([1], i)).ToArray();
        Assert.Equal(999 * 1000 / 2, Ops.Sum(Ops.Cat(tensors)).ToDouble());
        var error = Assert.Throws<TorchException>(() => new Operator("aten::gelu").Call(tensors[0], "größer"));
        Assert.Equal("aten::gelu", error.OperatorName);
    }
}
