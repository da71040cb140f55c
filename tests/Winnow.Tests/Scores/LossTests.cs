namespace Winnow.Tests.Scores;

public class LossTests
{
    [Fact]
    public void Is_the_loss_after_the_last_epoch() => Dynamics.Small.AssertEqual(static id => -Math.Log(Dynamics.Small.Probabilities(24, id, pass: true)[Dynamics.Small.Labels[id]]), "loss");
}
