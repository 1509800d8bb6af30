# what may run
package policy

api_version := "0.10.0"
containers := [{"command": ["python3", "serve.py"]}]

